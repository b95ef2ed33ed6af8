//! A Falco that numbers its alerts and keeps book: what it was given, what it gave out, and where a fault may have cost
//! what was in flight. Its API has no acknowledgement, so that much is beyond anybody's reach; all else must arrive.

use crate::stand_in::StandIn;
use lanner::simulate::{Form, Listen, Queue, Settings, Simulator, Template};
use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// A connection was broken: what Falco had given out last may not have arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The last number given out before and after: the last one on the broken connection lies between.
    pub last: RangeInclusive<u64>,
}

/// What became of the alerts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// They waited in the queue of a Falco that was killed.
    pub died: u64,
    /// They were in flight at a cut: the last that the broken connection was given.
    pub in_flight: u64,
    /// They are missing without excuse.
    pub lost: u64,
}

/// Which of the alerts `1..=offered` are missing from `kept`, and why. A cut excuses one unbroken run of numbers, up to
/// the last that was given out on its connection.
pub fn account(offered: u64, kept: &[u64], died: &[RangeInclusive<u64>], cuts: &[Cut]) -> Account {
    let kept: HashSet<u64> = kept.iter().copied().collect();
    let mut account =
        Account { died: died.iter().map(|range| range.clone().count() as u64).sum(), ..Account::default() };
    let is_missing = |n: u64| !kept.contains(&n) && !died.iter().any(|range| range.contains(&n));
    let mut cuts = cuts.to_vec();
    let mut n = 1;
    while n <= offered {
        let length = (n..=offered).take_while(|n| is_missing(*n)).count() as u64;
        if length > 0 {
            let end = n + length - 1;
            if let Some(at) = cuts.iter().position(|cut| cut.last.contains(&end)) {
                cuts.remove(at);
                account.in_flight += length;
            } else {
                account.lost += length;
            }
        }
        n += length + 1;
    }
    account
}

struct Feed {
    queue: Queue,
    offered: u64,
    running: bool,
}

impl Feed {
    fn given_out(&self) -> u64 {
        self.offered - self.queue.len() as u64
    }
}

/// The stand-in, fed all the time.
pub struct Falco {
    socket: PathBuf,
    stand_in: Option<StandIn>,
    feed: Arc<Mutex<Feed>>,
    pub cuts: Vec<Cut>,
    pub died: Vec<RangeInclusive<u64>>,
}

impl Falco {
    /// Serves on this socket; each alert is a line of JSON made of its number, so many a second.
    pub async fn start(socket: PathBuf, rate: u64, mut line: impl FnMut(u64) -> String + Send + 'static) -> Self {
        let stand_in = StandIn::start(&socket).await;
        let queue = stand_in.simulator.queue().clone();
        let feed = Arc::new(Mutex::new(Feed { queue, offered: 0, running: true }));
        let book = Arc::clone(&feed);
        tokio::spawn(async move {
            let begun = Instant::now();
            loop {
                {
                    let mut feed = book.lock().expect("no panic");
                    while feed.running && feed.offered < begun.elapsed().as_millis() as u64 * rate / 1000 {
                        feed.offered += 1;
                        let template = Template::from_json(&line(feed.offered), Form::Text).expect("an alert");
                        feed.queue.push(Arc::new(template).queued());
                    }
                    if !feed.running {
                        return;
                    }
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        Self { socket, stand_in: Some(stand_in), feed, cuts: Vec::new(), died: Vec::new() }
    }

    fn feed(&self) -> MutexGuard<'_, Feed> {
        self.feed.lock().expect("no panic")
    }

    fn stand_in(&self) -> &StandIn {
        self.stand_in.as_ref().expect("it runs")
    }

    /// How many alerts it was given.
    pub fn offered(&self) -> u64 {
        self.feed().offered
    }

    /// How many alerts it has given out.
    pub fn given_out(&self) -> u64 {
        self.feed().given_out()
    }

    /// Its client is being killed: `given_out` is as of before. Comes back when the connection is gone.
    pub async fn client_killed(&mut self, given_out: u64) {
        crate::process::until("a killed client's streams to end", async || {
            (self.stand_in().simulator.streams() == 0).then_some(())
        })
        .await;
        self.cuts.push(Cut { last: given_out..=self.given_out() });
    }

    /// `kill -9`, and a new one: its queue dies with it.
    pub async fn kill(&mut self) {
        let before = self.given_out();
        self.stand_in.take().expect("it runs").kill(&self.socket).await;
        let simulator = Arc::new(Simulator::new(Settings::default()));
        let (last, offered) = {
            let mut feed = self.feed();
            let last = feed.given_out();
            feed.queue = simulator.queue().clone();
            (last, feed.offered)
        };
        self.cuts.push(Cut { last: before..=last });
        if offered > last {
            self.died.push(last + 1..=offered);
        }
        self.stand_in = Some(StandIn::serve(simulator, Listen::Unix(self.socket.clone())).await);
    }

    /// SIGHUP: the server goes and comes back with the same queue; an alert is dropped for each client.
    pub async fn reload(&mut self) {
        let before = self.given_out();
        let mut stand_in = self.stand_in.take().expect("it runs");
        stand_in.stop();
        stand_in.ended().await;
        self.cuts.push(Cut { last: before..=self.given_out() });
        let simulator = Arc::clone(&stand_in.simulator);
        drop(stand_in);
        self.stand_in = Some(StandIn::serve(simulator, Listen::Unix(self.socket.clone())).await);
    }

    /// SIGSTOP for a while.
    pub async fn freeze(&self, length: Duration) {
        let frozen = self.stand_in().freeze().await;
        tokio::time::sleep(length).await;
        drop(frozen);
    }

    /// Nothing new comes; what is queued goes out.
    pub async fn drain(&self) {
        self.feed().running = false;
        crate::process::until("Falco's queue to be drained", async || self.feed().queue.is_empty().then_some(())).await;
    }
}
