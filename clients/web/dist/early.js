"use strict";
(() => {
    const MOST = 64;
    const KEEPER = Symbol.for('connector.early');
    const scope = globalThis;
    if (scope[KEEPER])
        return;
    const kept = [];
    const keep = (event) => {
        const isEngine = typeof window === 'undefined' || event.source === window.parent;
        if (isEngine && kept.length < MOST)
            kept.push(event);
    };
    const events = ['message', 'connect'];
    for (const event of events)
        scope.addEventListener(event, keep);
    scope[KEEPER] = {
        take() {
            for (const event of events)
                scope.removeEventListener(event, keep);
            return kept.splice(0);
        },
    };
})();
