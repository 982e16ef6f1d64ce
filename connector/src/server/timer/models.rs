//! Sessions that set and forget their deadlines while the timer fires, in every order of
//! these threads.

use std::sync::Arc;
use std::task::Waker;

use loom::thread::{JoinHandle, spawn};

use super::tests::session;
use super::*;
use crate::runtime::sync::woken::{Woken, block_on};

/// Two deadlines.
const LATE: Duration = Duration::from_secs(20);
const EARLY: Duration = Duration::from_secs(10);

/// A timer, a session, and the waker of its task.
struct Scene {
    timer: Arc<Timer>,
    session: Session,
    woken: Arc<Woken>,
}

impl Scene {
    fn set() -> Self {
        Self { timer: Arc::new(Timer::new()), session: session(), woken: Woken::new() }
    }

    /// Sets a deadline as the session's task does, whose waker is registered then.
    fn wake_at(&self, deadline: Duration) {
        self.session.0.outbox.register(&Waker::from(self.woken.clone()));
        self.timer.wake_at(deadline, &self.session);
    }

    /// Starts a thread in which the timer fires so many ticks. Its clock moves on to the
    /// next deadline at once.
    fn fire(&self, ticks: usize) -> JoinHandle<()> {
        let timer = self.timer.clone();
        spawn(move || {
            for _ in 0..ticks {
                let tick = loop {
                    match timer.first() {
                        Some(tick) => break tick,
                        None => block_on(timer.earlier.notified()),
                    }
                };
                timer.fire(tick);
            }
        })
    }

    fn alarm(&self) -> u64 {
        self.session.0.alarm.load(Ordering::Relaxed)
    }

    /// The ticks of all entries.
    fn ticks(&self) -> Vec<u64> {
        let entries = self.timer.lock();
        entries.iter().flat_map(|(&tick, sessions)| vec![tick; sessions.len()]).collect()
    }
}

#[test]
fn a_task_is_woken_at_each_of_its_deadlines() {
    loom::model(|| {
        let scene = Scene::set();
        let timer = scene.fire(2);
        scene.wake_at(EARLY);
        scene.woken.wait();
        // The first entry may still be firing.
        scene.wake_at(LATE);
        scene.woken.wait();
        timer.join().unwrap();
        assert_eq!((scene.alarm(), scene.ticks()), (u64::MAX, vec![]));
    });
}

#[test]
fn a_task_that_rests_again_while_its_entry_fires_is_woken() {
    loom::model(|| {
        let scene = Scene::set();
        scene.timer.wake_at(EARLY, &scene.session);
        let tick = scene.timer.first().unwrap();
        let timer = scene.timer.clone();
        let fires = spawn(move || timer.fire(tick));
        // Its own deadline is later: either the old entry wakes it, or this one will.
        scene.wake_at(LATE);
        fires.join().unwrap();
        if scene.alarm() == u64::MAX {
            scene.woken.wait();
        } else {
            assert_eq!(scene.ticks(), [scene.alarm()]);
        }
    });
}

#[test]
fn an_earlier_deadline_overtakes_an_entry_that_fires() {
    loom::model(|| {
        let scene = Scene::set();
        scene.timer.wake_at(LATE, &scene.session);
        let tick = scene.timer.first().unwrap();
        let timer = scene.timer.clone();
        let fires = spawn(move || timer.fire(tick));
        scene.wake_at(EARLY);
        fires.join().unwrap();
        if scene.alarm() == u64::MAX {
            scene.woken.wait();
            assert!(scene.ticks().is_empty());
        } else {
            assert_eq!(scene.ticks(), [scene.alarm()]);
        }
    });
}

#[test]
fn nothing_is_left_of_a_session_that_ends_while_its_entry_fires() {
    loom::model(|| {
        let (scene, other) = (Scene::set(), session());
        for session in [&scene.session, &other] {
            scene.timer.wake_at(LATE, session);
            scene.timer.wake_at(EARLY, session);
        }
        let fires = scene.fire(1);
        scene.timer.forget(&scene.session);
        fires.join().unwrap();
        assert_eq!((scene.alarm(), scene.ticks()), (u64::MAX, vec![]));
        assert_eq!(Arc::weak_count(&scene.session.0), 0);
    });
}
