// Begins the page: with the sign-in alone, which is small, or with what lies behind it where there is probably a session, or where
// none is needed. That program, the office below /office, the wallboard of a screen at /wall and the desk elsewhere, is fetched behind
// the sign-in page and takes the page over without loading it anew.

// The names of the built files, put here by the build. Without a sign-in (`trunk serve`) Trunk starts it itself.
const FILES = {
  gate: null,
  desk: ['/app.js', '/app_bg.wasm'],
  office: ['/office.js', '/office_bg.wasm'],
  wall: ['/wall.js', '/wall_bg.wasm'],
};

// Also written in app/src/driver/storage.rs. They open nothing: the switchboard decides who is signed in.
const SETTINGS = 'portico.settings';
const SIGNED_IN = 'portico.signed-in';
const LANGUAGES = ['en', 'fr', 'it', 'de'];

const WALL_RETRY_MS = 10_000;

const attempts = {};
let prepared;
let handover;

// The loader runs as soon as it is here, a program needs the whole page.
const parsed =
  document.readyState === 'loading' ? new Promise((resolve) => addEventListener('DOMContentLoaded', resolve, { once: true })) : undefined;

const saved = (name) => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

/** Fetches and compiles a program; resolves to a function that starts it. */
async function load(name) {
  attempts[name] = (attempts[name] ?? 0) + 1;
  // Some browsers remember a failed import by its address.
  const again = attempts[name] > 1 ? `?attempt=${attempts[name]}` : '';
  const [script, wasm] = FILES[name];
  const [program, compiled] = await Promise.all([import(script + again), WebAssembly.compileStreaming(fetch(wasm + again))]);
  return () => program.default({ module_or_path: compiled });
}

const behind = /^\/(office|wall)(?=\/|$)/.exec(location.pathname)?.[1] ?? 'desk';

/** The program behind the sign-in page, fetched once; after a failure the next call tries again. */
function next() {
  prepared ??= load(behind).catch((error) => {
    prepared = undefined;
    throw error;
  });
  return prepared;
}

/** There is nothing yet that could say it in a form: the sentence stands in the page, as does its button. */
function notLoaded(error) {
  console.warn('Portico could not be loaded:', error);
  let chosen;
  try {
    chosen = JSON.parse(saved(SETTINGS))?.language;
  } catch {
    // Not ours, or broken: the browser's languages are as good.
  }
  const wanted = [chosen, ...navigator.languages].map((tag) => tag?.slice(0, 2).toLowerCase());
  document.documentElement.lang = wanted.find((tag) => LANGUAGES.includes(tag)) ?? 'en';
  const screen = document.getElementById('not-loaded');
  screen.querySelector('button').addEventListener('click', () => location.reload());
  screen.hidden = false;
}

const needsNoSession = behind === 'wall' || location.pathname.startsWith('/call/');
const begin = needsNoSession || saved(SIGNED_IN) ? behind : 'gate';

// For the programs: app/src/driver/loader.rs.
globalThis.portico = {
  beganBehindGate: () => begin !== 'gate',
  // After the frame in which the form appears, and not in its way.
  prepareNext: () => requestAnimationFrame(() => setTimeout(() => next().catch(() => {}))),
  async startNext(words, leave) {
    const start = await next();
    handover = { words, leave };
    await start();
  },
  takeHandover() {
    const given = handover;
    handover = undefined;
    given?.leave();
    return given?.words;
  },
};

function start() {
  Promise.all([begin === 'gate' ? load(begin) : next(), parsed])
    .then(([run]) => {
      document.getElementById('not-loaded').hidden = true;
      return run();
    })
    .catch((error) => Promise.resolve(parsed).then(() => failed(error)));
}

function failed(error) {
  notLoaded(error);
  // Nobody stands at a screen who could press the button.
  if (begin === 'wall') setTimeout(start, WALL_RETRY_MS);
}

if (FILES[begin]) start();
