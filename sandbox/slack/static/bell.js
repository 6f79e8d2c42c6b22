// What parts of the page tell each other: `state`, `place`, `thread` and `happening`.

const listeners = new Map();

export function on(name, listener) {
  listeners.set(name, [...(listeners.get(name) || []), listener]);
}

export function ring(name, detail) {
  for (const listener of listeners.get(name) || []) listener(detail);
}

/** A function that runs once after it was called, and once more if it was called meanwhile. */
export function coalesced(run, pause = 0) {
  let running = null;
  let again = false;
  const loop = async () => {
    do {
      if (pause) await new Promise((done) => setTimeout(done, pause));
      again = false;
      await run();
    } while (again);
  };
  return () => {
    again = true;
    // Whoever called goes on; what was missed is looked at with the next change.
    running ||= loop()
      .catch((error) => console.warn(error))
      .finally(() => (running = null));
    return running;
  };
}
