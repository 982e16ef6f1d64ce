//! A connector with a fault.

use std::fs::File;
use std::future::pending;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use connector::codec::Codec;
use connector::{Address, Connector, Peer, Socket, StartError};

use super::Fault;
use super::socket::{BrokenSocket, Shared};

/// The bytes that each connection leaks.
const LEAK: usize = 16 * 1024;

/// A connector with a fault.
#[derive(Debug)]
pub struct Broken<C> {
    sound: C,
    fault: Fault,
    shared: Arc<Shared>,
    /// The number of times that it has started.
    starts: usize,
    spent: bool,
    /// It does not tell its address.
    hidden: bool,
    /// The waker of the first accept.
    waker: Option<Waker>,
    /// What is freed with the connector only.
    leaked: Vec<Leaked>,
}

/// What a connection has left behind.
#[derive(Debug)]
enum Leaked {
    Descriptor(#[allow(dead_code, reason = "it is only held")] File),
    Memory(#[allow(dead_code, reason = "it is only held")] Vec<u8>),
}

impl<C> Broken<C> {
    /// Breaks a connector.
    pub fn new(sound: C, fault: Fault) -> Self {
        let shared = Arc::default();
        Self {
            sound,
            fault,
            shared,
            starts: 0,
            spent: false,
            hidden: false,
            waker: None,
            leaked: Vec::new(),
        }
    }

    fn leak(&mut self) -> io::Result<()> {
        match self.fault {
            Fault::LeaksTask => drop(tokio::spawn(pending::<()>())),
            Fault::LeaksDescriptor => {
                self.leaked.push(Leaked::Descriptor(File::open("/dev/null")?));
            }
            Fault::Aborts => std::process::abort(),
            Fault::LeaksMemory => self.leaked.push(Leaked::Memory(vec![1; LEAK])),
            _ => {}
        }
        Ok(())
    }
}

impl<C: Connector> Connector for Broken<C> {
    type Socket = BrokenSocket<C::Socket>;

    async fn start(&mut self) -> Result<(), StartError> {
        if self.spent || self.fault == Fault::KeepsAddress && self.starts > 0 {
            return Err(StartError::new("the address", io::ErrorKind::AddrInUse.into()));
        }
        self.starts += 1;
        self.sound.start().await
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Socket>> {
        {
            let mut turn = self.shared.turn.lock().unwrap_or_else(PoisonError::into_inner);
            if self.fault == Fault::OpensInAccept && turn.taken {
                turn.waits = Some(cx.waker().clone());
                return Poll::Pending;
            }
        }
        let first = self.waker.get_or_insert_with(|| cx.waker().clone());
        let sound = match self.fault {
            Fault::IgnoresAcceptWaker => {
                ready!(self.sound.poll_accept(&mut Context::from_waker(first)))?
            }
            _ => ready!(self.sound.poll_accept(cx))?,
        };
        self.shared.turn.lock().unwrap_or_else(PoisonError::into_inner).taken = true;
        self.leak()?;
        let peer = match self.fault {
            Fault::WrongPeer => Peer::new("tcp", Address::Unnamed),
            Fault::WrongAddress => Peer::new("memory", Address::Unnamed),
            _ => sound.peer().clone(),
        };
        Poll::Ready(Ok(BrokenSocket::new(sound, self.fault, peer, self.shared.clone())))
    }

    fn stop(&mut self) {
        match self.fault {
            Fault::NeverStops => return,
            Fault::KeepsAccepting => {
                self.hidden = true;
                return;
            }
            Fault::HangsOnStop => loop {
                std::thread::park();
            },
            Fault::StopEndsSockets => self.shared.stopped.store(true, Ordering::Relaxed),
            Fault::StopsForGood => self.spent = self.starts == 0,
            _ => {}
        }
        self.sound.stop();
    }

    fn address(&self) -> Option<Address> {
        match self.fault {
            Fault::MovesOnRestart if self.starts > 1 => Some(Address::Unnamed),
            _ => self.sound.address().filter(|_| !self.hidden),
        }
    }

    fn codec(&self) -> Arc<dyn Codec> {
        self.sound.codec()
    }
}
