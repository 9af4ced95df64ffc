// Runs in the page, before its own scripts: reads the counter out of every frame that is sent and, when its answer is
// painted, out of the video. `window.counterLayout` stands before it.

(() => {
  const { bits, cell, width } = window.counterLayout;
  const headerBytes = 20;
  const grayKind = 3;
  const sent = new Map();
  window.staleness = { answers: [] };

  const counterIn = (levelAt) => {
    let counter = 0;
    for (let bit = 0; bit < bits; bit++) {
      const x = cell.left + bit * 2 * cell.side + cell.side / 2;
      if (levelAt(x, cell.top + cell.side / 2) < 115) counter |= 1 << bit;
    }
    return counter;
  };

  const paper = new OffscreenCanvas(width, 24).getContext('2d', { willReadFrequently: true });
  const counterNow = () => {
    const video = document.querySelector('video');
    paper.drawImage(video, 0, 0, video.videoWidth, video.videoHeight);
    const { data } = paper.getImageData(0, 0, width, 24);
    return counterIn((x, y) => data[(y * width + x) * 4]);
  };

  const methodOf = (prototype, name) => Object.getOwnPropertyDescriptor(prototype, name).value;
  const send = methodOf(WebSocket.prototype, 'send');
  const addEventListener = methodOf(EventTarget.prototype, 'addEventListener');
  WebSocket.prototype.send = function (message) {
    if (message instanceof Uint8Array && message[1] === grayKind) {
      const seq = new DataView(message.buffer).getUint32(4, true);
      sent.set(seq, { counter: counterIn((x, y) => message[headerBytes + y * width + x]), atMs: performance.now() });
    }
    send.call(this, message);
  };
  WebSocket.prototype.addEventListener = function (type, listener) {
    addEventListener.call(this, type, listener);
    if (type !== 'message') return;
    // Added after the page's own listener: it runs when the answer has been taken.
    addEventListener.call(this, type, ({ data }) => {
      const answer = JSON.parse(data);
      const frame = answer.t === 'result' ? sent.get(answer.seq) : undefined;
      if (frame === undefined) return;
      sent.delete(answer.seq);
      const nowMs = performance.now();
      const loop = 2 ** bits;
      // Drawn by now; a person sees it with the picture that is painted next.
      requestAnimationFrame(() =>
        window.staleness.answers.push({
          frames: (counterNow() - frame.counter + loop) % loop,
          roundTripMs: nowMs - frame.atMs,
          workerMs: answer.ms.total,
          ageMs: performance.now() - answer.captureMs,
        }),
      );
    });
  };
})();
