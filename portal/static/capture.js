// What the browser can do to record: it asks for the device, listens, measures time and size, and
// gives a file in the end. It knows nothing of the page; `record.js` does.
// The page says for how long that is enough: film_bits in templates/stories/files/_record.html.
const BITS = { audioBitsPerSecond: 96_000, videoBitsPerSecond: 1_500_000 };
const PIECE = 5000; // milliseconds: the browser may put finished pieces on the disk
const NEAR = 0.9; // of the largest size
const FULL = 0.98;
const LATELY = 15; // looks

const SOUND = {
  wants: { audio: true },
  types: [["audio/webm;codecs=opus", "weba"], ["audio/mp4", "m4a"], ["audio/ogg;codecs=opus", "ogg"]],
};
const FILM = {
  wants: { audio: true, video: { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: "user" } },
  types: [["video/webm;codecs=vp8,opus", "webm"], ["video/mp4", "mp4"], ["video/webm", "webm"]],
};

// Ask for the device. Somebody who signs may have a camera and no microphone.
async function ask(wants) {
  try {
    return await navigator.mediaDevices.getUserMedia(wants);
  } catch (error) {
    if (error.name !== "NotFoundError" || !wants.video) throw error;
    return navigator.mediaDevices.getUserMedia({ video: wants.video });
  }
}

// How loud it is, from 0 to 100: 60 decibels under the loudest count as nothing.
class Ear {
  constructor(stream) {
    this.context = new AudioContext();
    this.context.resume();
    this.analyser = this.context.createAnalyser();
    this.context.createMediaStreamSource(stream).connect(this.analyser);
    this.samples = new Float32Array(this.analyser.fftSize);
    this.lately = [];
  }

  hear() {
    this.analyser.getFloatTimeDomainData(this.samples);
    const peak = this.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const level = peak ? Math.max(0, Math.round(100 + (20 * Math.log10(peak) * 100) / 60)) : 0;
    this.lately = [...this.lately.slice(1 - LATELY), level];
    return level;
  }

  close() {
    this.context.close();
  }
}

// One recording. `most` is its largest size in bytes; `near(seconds)` is called when little room is
// left, and `end({ blob, end, reason })` when it is over, for a reason: stopped, full or lost.
export class Capture {
  constructor(isFilm, most, { near, end }) {
    Object.assign(this, { kind: isFilm ? FILM : SOUND, most, near, end });
    this.pieces = [];
    this.size = this.before = 0;
    this.reason = "stopped";
  }

  // Throws what the browser throws: its name says what is the matter.
  async start() {
    const [type, ending] = this.kind.types.find(([one]) => MediaRecorder.isTypeSupported(one)) ?? [];
    if (!type) throw new DOMException("", "NotSupportedError");
    this.ending = ending;
    this.stream = await ask(this.kind.wants);
    this.recorder = new MediaRecorder(this.stream, { mimeType: type, ...BITS });
    this.recorder.addEventListener("dataavailable", (event) => this.take(event.data));
    this.recorder.addEventListener("stop", () => this.finish());
    for (const track of this.stream.getTracks()) {
      track.addEventListener("ended", () => this.stop("lost"));
    }
    this.ear = this.stream.getAudioTracks().length ? new Ear(this.stream) : null;
    this.recorder.start(PIECE);
    this.since = performance.now();
    this.stayAwake();
  }

  // A phone that goes to sleep would end the recording.
  async stayAwake() {
    try {
      this.lock = await navigator.wakeLock.request("screen");
    } catch {
      this.lock = null; // not every browser can
    }
  }

  get isPaused() {
    return this.recorder.state === "paused";
  }

  get seconds() {
    const now = this.recorder.state === "recording" ? performance.now() - this.since : 0;
    return Math.floor((this.before + now) / 1000);
  }

  // The loudest of the last seconds; nothing where there is no microphone.
  get loudest() {
    return this.ear ? Math.max(0, ...this.ear.lately) : undefined;
  }

  hear() {
    return this.ear?.hear() ?? 0;
  }

  take(piece) {
    this.pieces.push(piece);
    this.size += piece.size;
    if (this.size > FULL * this.most) {
      this.stop("full");
    } else if (this.size > NEAR * this.most && this.near) {
      this.near(Math.floor((this.seconds * (FULL * this.most - this.size)) / this.size));
      this.near = null; // it is said once
    }
  }

  pause() {
    this.before += performance.now() - this.since;
    this.recorder.pause();
  }

  goOn() {
    this.recorder.resume();
    this.since = performance.now();
  }

  stop(reason = "stopped") {
    if (this.isOver) return;
    this.isOver = true;
    this.reason = reason;
    if (this.recorder.state === "recording") this.before += performance.now() - this.since;
    if (this.recorder.state !== "inactive") this.recorder.stop();
  }

  finish() {
    this.stop("lost"); // where the browser was quicker to stop than its device to say that it is gone
    this.release();
    const [type] = this.recorder.mimeType.split(";");
    this.end({ blob: new Blob(this.pieces, { type }), ending: this.ending, reason: this.reason });
  }

  // Let go of the device: its light goes out.
  release() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.ear?.close();
    this.lock?.release();
  }
}
