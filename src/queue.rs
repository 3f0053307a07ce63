//! A queue of events as Rust sees it.

use crate::engine::{queue, Handle, Limit};
use crate::error::Error;
use crate::watchdog::whole_ms;
use std::time::Duration;

/// Holds expiries until they are taken: for programs that no thread of the library is to
/// enter. [`Watchdog::set_queue`](crate::Watchdog::set_queue) has a watchdog put them in.
///
/// ```
/// use std::time::Duration;
/// use watchdog::{Queue, Watchdog};
///
/// let queue = Queue::new(16)?;
/// let dog = Watchdog::new(Duration::from_millis(5), Duration::ZERO)?;
/// dog.set_queue(&queue, 7)?;
/// dog.start()?;
/// let event = queue.take(None)?.expect("nobody wakes it");
/// assert_eq!(event.tag, 7);
/// # Ok::<(), watchdog::Error>(())
/// ```
#[derive(Debug)]
pub struct Queue {
    pub(crate) handle: Handle,
}

/// An expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What [`Watchdog::set_queue`](crate::Watchdog::set_queue) was given.
    pub tag: u64,
    /// For how long the watchdog was unfed.
    pub unfed: Duration,
    /// How many events were lost directly before this one.
    pub lost: u64,
}

impl Queue {
    /// Holds so many events, up to 65536; then new ones are lost, and counted.
    ///
    /// # Errors
    /// [`Error::BadCapacity`], [`Error::TooManyQueues`], or no memory.
    pub fn new(capacity: u32) -> Result<Queue, Error> {
        Ok(Queue { handle: queue::new(capacity)? })
    }

    /// Takes the oldest event: waits for one as long as it takes, or at most `limit`; zero
    /// does not wait. None when none came in time, or the wait was ended.
    ///
    /// # Errors
    /// None, as long as the queue lives.
    pub fn take(&self, limit: Option<Duration>) -> Result<Option<Event>, Error> {
        let limit = limit.map_or(Limit::Forever, |limit| Limit::Ms(whole_ms(limit)));
        let event = queue::take(self.handle, limit)?;
        Ok(event.map(|event| Event {
            tag: event.tag,
            unfed: Duration::from_millis(event.unfed_ms),
            lost: event.lost,
        }))
    }

    /// Ends a wait, or the next one.
    ///
    /// # Errors
    /// None, as long as the queue lives.
    pub fn wake(&self) -> Result<(), Error> {
        queue::wake(self.handle)
    }

    /// How many events were lost in all.
    pub fn lost(&self) -> u64 {
        queue::lost(self.handle).unwrap_or(0)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let freed = queue::free(self.handle);
        debug_assert_eq!(freed, Ok(()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Watchdog;

    #[test]
    fn what_is_lost_is_told_and_a_wake_ends_a_wait() {
        let queue = Queue::new(1).unwrap();
        let dog = Watchdog::new(Duration::from_millis(1), Duration::ZERO).unwrap();
        dog.set_queue(&queue, 3).unwrap();
        std::thread::sleep(Duration::from_millis(3));
        for _ in 0..3 {
            assert!(dog.check().unwrap());
        }
        let event = queue.take(Some(Duration::ZERO)).unwrap().unwrap();
        assert_eq!((event.tag, event.lost, queue.lost()), (3, 0, 2));
        assert!(event.unfed >= Duration::from_millis(1));
        queue.wake().unwrap();
        assert_eq!(queue.take(None).unwrap(), None);
        assert_eq!(Queue::new(0).err(), Some(Error::BadCapacity(0)));
    }
}
