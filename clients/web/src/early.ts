/**
 * Keeps the messages that come to a page or a worker while its WebAssembly is compiled, and the
 * ports of the pages that connect to a shared worker meanwhile. A link of the Rust crate takes
 * them, in order, as if they had come to it.
 *
 * It has no import and no export, so that it works as a classic script, which a page needs in
 * front of its modules, and by `import` or `importScripts` as the first line of a worker.
 */
(() => {
  /** The kept messages, as the crate takes them. */
  interface Keeper {
    /** Ends the keeping, and returns what has come. */
    take(): MessageEvent[];
  }

  /** The most messages, or ports. An engine sends one before it has an answer. */
  const MOST = 64;
  const KEEPER = Symbol.for('connector.early');

  const scope: typeof globalThis & { [KEEPER]?: Keeper } = globalThis;
  if (scope[KEEPER]) return;

  const kept: MessageEvent[] = [];
  const keep = (event: MessageEvent): void => {
    // In a frame, only the page around it can be the engine. A worker has one owner.
    const isEngine = typeof window === 'undefined' || event.source === window.parent;
    if (isEngine && kept.length < MOST) kept.push(event);
  };
  // A shared worker has no messages of its own, and nobody else has connections.
  const events = ['message', 'connect'] as const;
  for (const event of events) scope.addEventListener(event, keep as EventListener);
  scope[KEEPER] = {
    take() {
      for (const event of events) scope.removeEventListener(event, keep as EventListener);
      return kept.splice(0);
    },
  };
})();
