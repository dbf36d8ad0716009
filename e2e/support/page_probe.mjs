// Runs inside every page before the first script of the product: gives the participant a voice and a face of
// its own, and notes what the page does with connections, sockets and the content policy. The product knows
// nothing of it.

/**
 * `options.frequency`: hertz of the participant's voice, none = the browser's own devices are left alone.
 * `options.hue`: colour of the picture; `portrait`: a person instead of a moving bar.
 */
export function pageProbe(options) {
  if (window.__probe) return;
  const probe = { peers: [], sockets: [], violations: [], microphones: [], failures: [] };
  Object.defineProperty(window, '__probe', { value: probe });

  addEventListener('securitypolicyviolation', (event) => {
    probe.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });

  const RealPeer = window.RTCPeerConnection;
  window.RTCPeerConnection = class RTCPeerConnection extends RealPeer {
    constructor(...args) {
      super(...args);
      probe.peers.push(this);
    }
  };

  const RealSocket = window.WebSocket;
  window.WebSocket = class WebSocket extends RealSocket {
    constructor(...args) {
      super(...args);
      const record = { url: this.url, socket: this, trace: [] };
      probe.sockets.push(record);
      const note = (direction, data) => {
        const text = typeof data === 'string' ? data : `[${data.byteLength ?? data.size} bytes]`;
        record.trace.push({ at: Math.round(performance.now()), direction, text });
        if (record.trace.length > 400) record.trace.shift();
      };
      this.__note = note;
      this.addEventListener('message', (event) => note('in', event.data));
      this.addEventListener('close', (event) => note('closed', `${event.code} ${event.reason}`));
    }

    send(data) {
      const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
      this.__note('out', text);
      super.send(data);
    }
  };

  if (!options.frequency || !navigator.mediaDevices) return;

  let context;
  const audioContext = () => {
    if (context) return context;
    context = probe.context = new AudioContext();
    // A page that was just loaded may not make a sound before its first gesture, and what was refused stays so
    // until it is asked again: a voice must not depend on whether a gesture of the test came first.
    const wake = setInterval(() => {
      if (context.state === 'running') clearInterval(wake);
      else context.resume().catch(() => {});
    }, 50);
    return context;
  };

  const voice = () => {
    const audio = audioContext();
    const oscillator = audio.createOscillator();
    oscillator.frequency.value = options.frequency;
    const gain = audio.createGain();
    gain.gain.value = 0.3;
    const destination = audio.createMediaStreamDestination();
    oscillator.connect(gain).connect(destination);
    oscillator.start();
    const [track] = destination.stream.getAudioTracks();
    probe.microphones.push({ track, gain });
    return track;
  };

  /** For pictures meant for people: somebody in front of a wall, nodding. */
  const portrait = (paint, hue, frame) => {
    const shade = (lightness, saturation = 45) => `hsl(${hue} ${saturation}% ${lightness}%)`;
    const wall = paint.createLinearGradient(0, 0, 320, 240);
    wall.addColorStop(0, shade(58));
    wall.addColorStop(1, shade(30));
    paint.fillStyle = wall;
    paint.fillRect(0, 0, 320, 240);
    paint.fillStyle = shade(66, 40);
    paint.fillRect(24, 26, 84, 108);
    paint.fillStyle = shade(84, 50);
    paint.fillRect(32, 34, 68, 92);
    const nod = Math.sin(frame / 9) * 3;
    const [skin, neck, hair, long] = hue > 180 ? ['#b97e58', '#a06a48', '#1f1a1c', true] : ['#e8b48f', '#d29b76', '#5a3a22', false];
    if (long) {
      paint.fillStyle = hair;
      paint.beginPath();
      paint.roundRect(134, 72 + nod, 100, 120, 46);
      paint.fill();
    }
    paint.fillStyle = shade(18);
    paint.beginPath();
    paint.ellipse(184, 262, 92, 92, 0, 0, Math.PI * 2);
    paint.fill();
    paint.fillStyle = neck;
    paint.fillRect(168, 140, 32, 40);
    paint.fillStyle = skin;
    paint.beginPath();
    paint.ellipse(184, 112 + nod, 40, 50, 0, 0, Math.PI * 2);
    paint.fill();
    paint.fillStyle = hair;
    paint.beginPath();
    paint.ellipse(184, 84 + nod, 44, 36, 0, Math.PI, 0);
    paint.fill();
    for (const x of [170, 198]) {
      paint.beginPath();
      paint.ellipse(x, 112 + nod, 4, frame % 60 < 3 ? 1 : 4, 0, 0, Math.PI * 2);
      paint.fill();
    }
    paint.strokeStyle = '#8a4a3c';
    paint.lineWidth = 3;
    paint.beginPath();
    paint.arc(184, 130 + nod, 14, 0.2 * Math.PI, 0.8 * Math.PI);
    paint.stroke();
  };

  const face = () => {
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 240;
    const paint = canvas.getContext('2d');
    if (options.portrait) {
      canvas.width = 960;
      canvas.height = 720;
      paint.scale(3, 3);
    }
    let frame = 0;
    const draw = () => {
      frame += 1;
      const hue = options.hue ?? 200;
      paint.fillStyle = `hsl(${hue} 70% 45%)`;
      paint.fillRect(0, 0, 320, 240);
      if (options.portrait) return portrait(paint, hue, frame);
      paint.fillStyle = 'white';
      paint.fillRect((frame * 7) % 320, 60, 40, 120);
      return undefined;
    };
    draw();
    const [track] = canvas.captureStream(15).getVideoTracks();
    const timer = setInterval(() => (track.readyState === 'ended' ? clearInterval(timer) : draw()), 66);
    return track;
  };

  const devices = navigator.mediaDevices;
  const real = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    // The real devices are asked all the same: permission and device errors stay the browser's own.
    const genuine = await real(constraints);
    for (const track of genuine.getTracks()) track.stop();
    const tracks = [];
    if (constraints.audio) tracks.push(voice());
    if (constraints.video) tracks.push(face());
    return new MediaStream(tracks);
  };
}
