// Keeps one request in flight while somebody drags: the newest values follow as soon as an answer is there.

export function liveRequest({ask, done, failed, rested}) {
  let running = false, waiting = false, started = 0, stopped = false, timer = 0;
  const control = new AbortController();
  async function run() {
    running = true;
    while (!stopped) {
      waiting = false;
      const begun = started;
      try {
        const answer = await ask(control.signal);
        if (!stopped) done(answer, begun);
      } catch (error) {
        if (!stopped && error.name !== "AbortError") failed(error);
      }
      if (!waiting) break;
    }
    running = false;
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(rested, 500);
  }
  return {
    go() {
      started = performance.now();
      waiting = true;
      if (!running) run();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      control.abort();
    },
  };
}
