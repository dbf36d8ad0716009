// Shows the state of the simulator twice a second and sends what is switched. No text ever becomes markup.
"use strict";

const byId = (id) => document.getElementById(id);
const switches = [["locked", "locked"], ["in_schedule", "inside its schedule"], ["remote", "may be opened from afar"]];

async function send(change, where = "set") {
  const answer = await fetch(`/demo/${where}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(change),
  });
  byId("problem").textContent = answer.ok ? "" : `The simulator refused: ${answer.status}`;
  if (answer.ok) show(await answer.json());
}

function relayElement(number) {
  const box = document.createElement("div");
  box.className = "relay";
  const title = document.createElement("p");
  const state = document.createElement("strong");
  const pulses = document.createElement("span");
  title.append(`Relay ${number}: `, state, " ", pulses);
  box.append(title);
  const boxes = {};
  for (const [key, text] of switches) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "checkbox";
    input.addEventListener("change", () => send({ relay: { number, [key]: input.checked } }));
    label.append(input, ` ${text}`);
    box.append(label);
    boxes[key] = input;
  }
  byId("relays").append(box);
  return { box, state, pulses, boxes };
}

const relays = new Map();

function show(shown) {
  byId("name").textContent = `Simulated station ${shown.name}`;
  document.title = `Station ${shown.name}`;
  byId("power").checked = shown.power;
  byId("login").value = shown.login;
  byId("camera").value = shown.camera;
  byId("streams").textContent = String(shown.streams);
  byId("answers").textContent = shown.answers.length ? shown.answers.join(", ") : "none";
  const { phone } = shown;
  byId("registered").textContent = phone.registered ? "yes" : "no";
  byId("call").textContent = phone.call || "none";
  byId("level").value = phone.level_db ?? -60;
  byId("heard").textContent = phone.level_db === null ? "silence" : `${phone.level_db.toFixed(0)} dB, ${(phone.frequency_hz ?? 0).toFixed(0)} Hz`;
  for (const relay of shown.relays) {
    if (!relays.has(relay.number)) relays.set(relay.number, relayElement(relay.number));
    const parts = relays.get(relay.number);
    parts.box.classList.toggle("open", relay.open);
    parts.state.textContent = relay.open ? "door open" : "door shut";
    parts.pulses.textContent = `(opened ${relay.pulses} times)`;
    for (const [key] of switches) parts.boxes[key].checked = relay[key];
  }
}

async function refresh() {
  try {
    show(await (await fetch("/demo/state")).json());
    byId("picture").src = `/demo/picture.jpg?${Date.now()}`;
  } catch {
    byId("problem").textContent = "The simulator does not answer.";
  }
  setTimeout(refresh, 500);
}

byId("power").addEventListener("change", (event) => send({ power: event.target.checked }));
byId("login").addEventListener("change", (event) => send({ login: event.target.value }));
byId("camera").addEventListener("change", (event) => send({ camera: event.target.value }));
byId("ring").addEventListener("click", () => send({}, "ring"));
byId("hang-up").addEventListener("click", () => send({}, "hang-up"));
refresh();
