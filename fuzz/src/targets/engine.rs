//! The engine's machine: its plugins, their calls and their events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use connector::protocol::remix::{
    Activity, Answer, Arguments, EngineEvent, EngineSession, HostCall, Profile, QueueOptions,
    RemixError, Ticket,
};

use super::owned;

/// A step of the clock. A call may run for a second.
const STEP: Duration = Duration::from_millis(400);

/// Plugins, of which some may not be registered.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];
/// Methods, the last of which no plugin has.
const METHODS: [&str; 3] = ["x", "y", "z"];

/// Actions: a letter, and for each of its operands a digit.
pub const TOKENS: &[&[u8]] = &[
    b"r00", b"r12", b"a0", b"A0", b"F0", b"l0", b"L0", b"d0", b"D0", b"c010", b"c100", b"c121",
    b"c302", b"y01", b"y00", b"f01", b"f00", b"g0", b"x010", b"x013", b"t", b"tttt", b"w0", b"u0",
    b"o010", b"O010", b"n010", b"e10", b"q02", b"q00",
];

/// An engine is told what happens to its plugins, in any order.
pub fn remix_engine(bytes: &[u8]) {
    let mut engine = Engine::default();
    let mut bytes = bytes.iter();
    while let Some(&action) = bytes.next() {
        let mut operand = |of: usize| bytes.next().map_or(0, |&byte| usize::from(byte)) % of;
        engine.act(action, &mut operand);
        engine.follow();
        engine.check();
    }
    for name in NAMES {
        engine.session.remove(name, engine.now);
        engine.gone(name);
    }
    assert!(engine.open.is_empty(), "every call ends: {:?}", engine.open);
    assert!(engine.running.is_empty() && engine.session.deadline().is_none());
}

/// Lives of engines.
pub fn seeds() -> Vec<Vec<u8>> {
    owned([
        b"r00r10a0A0a1A1c010c011f01f01tttt",
        b"r00c100y01A0f00c102y00l0A0c100L0d0",
        b"r00r10a0A0a1A1c200c010c100f01f01c000",
        b"r01r10r20a0A0a1A1a2A2o010O210e10e10n010e10d1e10",
        b"r00a0A0c100c200c100x100g0tttt",
        b"r00r10a0A0a1A1c200c010w1ttttu1tttt",
        b"r02a0A0c100c100c100q00f01q02f00D0r00",
        b"r00c100c200y01y11F0c100y01A0",
    ])
}

#[derive(Default)]
struct Engine {
    session: EngineSession,
    now: Duration,
    /// The calls that have not ended: who has made them, and whom they are for.
    open: BTreeMap<Ticket, (&'static str, &'static str)>,
    running: BTreeMap<Ticket, Arc<str>>,
    /// Calls whose caller may or may not activate their plugin.
    asked: Vec<Ticket>,
    /// How many calls of each plugin may run at once.
    at_once: BTreeMap<&'static str, usize>,
}

impl Engine {
    fn act(&mut self, action: u8, operand: &mut impl FnMut(usize) -> usize) {
        let now = self.now;
        match action {
            b'r' => {
                let (name, options) = (NAMES[operand(4)], operand(3));
                let profile = Profile::new(name).methods(METHODS.into_iter().take(2));
                let known = self.session.activity(name).is_some();
                assert_eq!(self.session.register(profile, queue(options)).is_err(), known);
                self.at_once.entry(name).or_insert(options + 1);
            }
            b'q' => {
                let (name, options) = (NAMES[operand(4)], operand(3));
                self.session.set_queue(name, queue(options), now);
                if let Some(at_once) = self.at_once.get_mut(name) {
                    *at_once = options + 1;
                }
            }
            b'a' => _ = self.session.activate(NAMES[operand(4)]),
            b'A' => self.session.activated(NAMES[operand(4)], now),
            b'F' => {
                let name = NAMES[operand(4)];
                let error = RemixError::NotConnected(name.to_owned());
                self.session.activation_failed(name, &error);
            }
            b'l' => self.session.lost(NAMES[operand(4)], now),
            b'L' => {
                let name = NAMES[operand(4)];
                self.session.reloaded(name, now);
                self.gone(name);
            }
            b'd' => {
                let name = NAMES[operand(4)];
                self.session.deactivate(name, now);
                self.gone(name);
            }
            b'D' => {
                let name = NAMES[operand(4)];
                self.session.remove(name, now);
                self.gone(name);
                self.at_once.remove(name);
            }
            b'c' => {
                let (from, to, method) =
                    (NAMES[operand(4)], NAMES[operand(4)], METHODS[operand(3)]);
                let call = HostCall::new(from, to, method, Arguments::default());
                let before = self.session.queued(to);
                match self.session.call(call, now) {
                    Ok(ticket) => {
                        assert!(self.open.insert(ticket, (from, to)).is_none(), "a new ticket");
                    }
                    Err(_) => assert_eq!(self.session.queued(to), before),
                }
            }
            b'y' => {
                let at = operand(self.asked.len().max(1));
                let is_allowed = operand(2) == 1;
                if at < self.asked.len() {
                    let ticket = self.asked.remove(at);
                    self.session.allow(ticket, is_allowed, now);
                }
            }
            b'f' => {
                let ticket = nth(self.running.keys(), operand);
                let result = Err(RemixError::Remote("no".to_owned()));
                let outcome = if operand(2) == 1 { Ok(None) } else { result };
                if let Some(ticket) = ticket {
                    self.session.finish(ticket, outcome, now);
                }
            }
            b'g' => {
                if let Some(ticket) = nth(self.open.keys(), operand) {
                    self.session.give_up(ticket, now);
                    self.open.remove(&ticket);
                }
            }
            b'x' => {
                let (from, to, method) = (NAMES[operand(4)], NAMES[operand(4)], operand(4));
                let _ = self.session.cancel(from, to, METHODS.get(method).copied(), now);
            }
            b't' => {
                self.now += STEP;
                self.session.tick(self.now);
                assert!(self.session.deadline().is_none_or(|deadline| deadline > self.now));
            }
            b'w' | b'u' => {
                if let Some(ticket) = nth(self.open.keys(), operand) {
                    if action == b'w' {
                        self.session.wait_for_person(ticket, now);
                    } else {
                        self.session.resume(ticket, now);
                    }
                }
            }
            b'o' | b'O' | b'n' => {
                let (who, name, key) = (NAMES[operand(4)], NAMES[operand(4)], METHODS[operand(3)]);
                match action {
                    b'o' => _ = self.session.on(who, name, key),
                    b'O' => _ = self.session.once(who, name, key),
                    _ => self.session.off(who, name, key),
                }
            }
            b'e' => {
                let (name, key) = (NAMES[operand(4)], METHODS[operand(3)]);
                self.session.emit(name, key, &Arguments::default());
            }
            _ => {}
        }
    }

    /// Does what the machine asks for.
    fn follow(&mut self) {
        let mut heard = BTreeSet::new();
        while let Some(event) = self.session.poll_event() {
            match event {
                EngineEvent::MayActivate { ticket, .. } => {
                    assert!(self.open.contains_key(&ticket));
                    self.asked.push(ticket);
                }
                EngineEvent::Activate(name) => {
                    assert_eq!(self.session.activity(&name), Some(Activity::Activating));
                }
                EngineEvent::Start { ticket, call } => {
                    let before = self.running.insert(ticket, call.target().into());
                    assert!(before.is_none(), "a call starts once");
                }
                EngineEvent::Drop { ticket, target } => {
                    assert_eq!(self.running.remove(&ticket), Some(target), "it ran");
                }
                EngineEvent::Answered(Answer { id, .. }) => {
                    assert!(self.open.remove(&id).is_some(), "an answer for each call");
                    self.running.remove(&id);
                }
                EngineEvent::Notify { listener, name, key, .. } => {
                    assert!(heard.insert((listener, name, key)), "an event is heard once");
                }
                _ => {}
            }
        }
        self.asked.retain(|ticket| self.open.contains_key(ticket));
    }

    fn check(&self) {
        for name in NAMES {
            let open = self.open.values().filter(|(_, to)| *to == name).count();
            assert_eq!(self.session.queued(name), open, "{name}");
            let running: Vec<_> = self.running.iter().filter(|(_, to)| ***to == *name).collect();
            assert_eq!(self.session.running(name).len(), running.len(), "{name}");
            let waits = open > running.len();
            let may = self.at_once.get(name).copied().unwrap_or_default();
            let is_active = self.session.activity(name) == Some(Activity::Active);
            assert!(!(waits && is_active && self.asked.is_empty()) || running.len() >= may);
        }
    }

    /// The calls that a plugin has made end without answers, since it is gone.
    fn gone(&mut self, name: &str) {
        self.follow();
        if self.at_once.contains_key(name) {
            self.open.retain(|_, (from, _)| *from != name);
        }
    }
}

fn queue(options: usize) -> QueueOptions {
    QueueOptions::default().at_once(options + 1).waiting(3, 1000).timeout(Duration::from_secs(1))
}

fn nth<'a>(
    mut tickets: impl ExactSizeIterator<Item = &'a Ticket>,
    operand: &mut impl FnMut(usize) -> usize,
) -> Option<Ticket> {
    let at = operand(tickets.len().max(1));
    tickets.nth(at).copied()
}
