//! All connections of the load, and the one loop that drives them.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use crate::blocking::BlockingConnection;
use crate::connection::{Connection, Requests};
use crate::dialect::{Dialect, unexpected};
use crate::options::Options;

/// The longest wait for the last answers.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct Connections {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    dialect: Box<dyn Dialect>,
    plan: Plan,
    scratch: Vec<u8>,
    /// Answers that are to come, of all connections.
    waiting: usize,
    answers: u64,
    /// Each answer is followed by another request.
    going_on: bool,
}

#[derive(Clone, Copy)]
enum Plan {
    /// Everybody keeps so many requests in flight.
    Requests(usize),
    /// The first one asks for so many lines to everybody, again and again.
    Lines(usize),
}

impl Plan {
    /// The requests in flight on a connection that asks.
    fn in_flight(self) -> usize {
        match self {
            Self::Requests(depth) => depth,
            Self::Lines(_) => 1,
        }
    }
}

impl Connections {
    /// Opens all connections, one after the other.
    pub(crate) fn open(options: &Options) -> io::Result<Self> {
        let mut dialect = options.dialect();
        let poll = Poll::new()?;
        let plan = options.lines.map_or(Plan::Requests(options.depth), Plan::Lines);
        let mut connections = Vec::with_capacity(options.connections);
        let mut requests = Arc::new(Requests::new(&[], 0));
        for index in 0..options.connections {
            let mut blocking = BlockingConnection::connect(&options.port, options.tls)?;
            dialect.open(&mut blocking)?;
            let own = Requests::new(&dialect.request(), plan.in_flight());
            if own != *requests {
                requests = Arc::new(own);
            }
            let mut connection = Connection::new(blocking.opened()?, requests.clone());
            let both = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(connection.stream(), Token(index), both)?;
            connections.push(connection);
        }
        Ok(Self {
            poll,
            events: Events::with_capacity(1024),
            connections,
            dialect,
            plan,
            scratch: vec![0; 256 * 1024],
            waiting: 0,
            answers: 0,
            going_on: false,
        })
    }

    /// Loads the server for so long, then waits until all is answered.
    pub(crate) fn run(&mut self, duration: Duration) -> io::Result<()> {
        let end = Instant::now() + duration;
        self.going_on = true;
        self.start()?;
        while Instant::now() < end {
            self.turn()?;
        }
        self.going_on = false;
        let end = end + TIMEOUT;
        while self.waiting > 0 {
            if Instant::now() >= end {
                return Err(unexpected(&format!("{} answers did not come", self.waiting)));
            }
            self.turn()?;
        }
        Ok(())
    }

    /// Answers so far.
    pub(crate) fn answers(&self) -> u64 {
        self.answers
    }

    /// Asks for the first time, or for the next lines.
    fn start(&mut self) -> io::Result<()> {
        let (Plan::Requests(each) | Plan::Lines(each)) = self.plan;
        self.waiting = each * self.connections.len();
        let asking = match self.plan {
            Plan::Requests(_) => self.connections.len(),
            Plan::Lines(_) => 1,
        };
        for (index, connection) in self.connections.iter_mut().enumerate() {
            connection.waiting = each;
            if index < asking {
                connection.send(self.plan.in_flight())?;
            }
        }
        Ok(())
    }

    /// Handles what has happened. It never sleeps: a server pays for waking its
    /// peers, and would pay the more the slower it is.
    fn turn(&mut self) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(Duration::ZERO)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            polled => polled?,
        }
        for event in &self.events {
            let connection = &mut self.connections[event.token().0];
            connection.flush()?;
            let answers = connection.receive(&*self.dialect, &mut self.scratch)?;
            self.answers += answers as u64;
            self.waiting -= answers;
            if self.going_on && matches!(self.plan, Plan::Requests(_)) {
                connection.waiting += answers;
                self.waiting += answers;
                connection.send(answers)?;
            }
        }
        if self.going_on && self.waiting == 0 {
            self.start()?;
        }
        Ok(())
    }
}
