// Several pictures one after the other, two at a time, each with its sentence; a limit that is reached is waited for.

export const MOST = 50;
const AT_ONCE = 2;
const TRIES = 6;

// `ask(file, signal)` gives {sentence} or {refusal}, or {wait: seconds} where it is to be asked again later.
export async function run(files, { ask, changed, signal }) {
  const waiting = files.map((file, place) => ({ file, place }));
  let done = 0;
  const worker = async () => {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
      changed(next.place, { state: "asking", done });
      const told = await patiently(() => ask(next.file, signal), (seconds) => changed(next.place, { state: "waiting", seconds, done }), signal);
      if (signal.aborted) return;
      done += 1;
      changed(next.place, { ...told, state: "done", done });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function patiently(ask, waits, signal) {
  for (let attempt = 1; ; attempt += 1) {
    const told = await ask();
    if (told.wait === undefined || signal.aborted) return told;
    if (attempt === TRIES) return { refusal: "It is too busy; try this picture again later." };
    waits(told.wait);
    await pause(told.wait * 1000, signal);
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
