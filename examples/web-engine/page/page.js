import init, { Host } from './pkg/web_engine.js';

const NAMES = ['clock', 'frame', 'worker'];
const LINES = 100;

/** Arguments to begin with. */
const ARGUMENTS = {
  weekday: '["2024-02-29"]',
  echo: '["hello"]',
  add: '[3, 4]',
  fail: '["it was to be"]',
  slow: '[500, "done"]',
  emitEvent: '["changed", 1]',
  callOther: '["clock", "now"]',
  callAndCancel: '[100, "clock", "now"]',
  listenTo: '["clock", "asked"]',
  onceTo: '["clock", "asked"]',
  offFrom: '["clock", "asked"]',
  received: '["clock", "asked"]',
};

const find = (id) => document.getElementById(id);

await init();
const host = new Host(find('place'), 'plugin/index.html', 'plugin/worker.js');

function log(kind, text) {
  const line = document.createElement('li');
  line.className = kind;
  line.textContent = text;
  find('log').prepend(line);
  while (find('log').childElementCount > LINES) find('log').lastElementChild.remove();
}

/** A line of the list of plugins, with a switch. */
function entry(name) {
  const line = document.createElement('li');
  const label = document.createElement('span');
  label.textContent = name;
  const button = document.createElement('button');
  button.type = 'button';
  button.addEventListener('click', async () => {
    button.disabled = true;
    await host.toggle(name).catch(({ message }) => log('bad', message));
    button.disabled = false;
    show(name);
  });
  line.append(label, button);
  find('plugins').append(line);
  return () => {
    line.classList.toggle('ready', host.is_ready(name));
    button.textContent = host.is_ready(name) ? 'Deactivate' : 'Activate';
    button.setAttribute('aria-label', `${button.textContent} ${name}`);
  };
}

const entries = new Map(NAMES.map((name) => [name, entry(name)]));

function show(name) {
  entries.get(name)?.();
  if (name === find('plugin').value) showMethods();
}

function showMethods() {
  const chosen = find('method').value;
  find('method').replaceChildren(...host.methods(find('plugin').value).map((method) => new Option(method)));
  if ([...find('method').options].some(({ value }) => value === chosen)) find('method').value = chosen;
  else suggest();
}

function suggest() {
  find('args').value = ARGUMENTS[find('method').value] ?? '[]';
}

find('plugin').append(...NAMES.map((name) => new Option(name)));
find('plugin').addEventListener('change', showMethods);
find('method').addEventListener('change', suggest);
find('call').addEventListener('submit', async (event) => {
  event.preventDefault();
  const [name, method, args] = [find('plugin').value, find('method').value, find('args').value];
  const call = `${name}.${method}(${args.replace(/^\[|\]$/g, '')})`;
  await host.call(name, method, args).then(
    (result) => log('good', `${call} = ${result}`),
    ({ message }) => log('bad', `${call} failed: ${message}`),
  );
});

host.watch(
  // The engine tells while it changes, and can be asked behind that.
  (name) => queueMicrotask(() => show(name)),
  (name, event, values) => log('event', `${name} emits ${event} ${values}`),
);
for (const name of NAMES) {
  await host.toggle(name).catch(({ message }) => log('bad', message));
  show(name);
}
showMethods();
document.documentElement.dataset.ready = '';
