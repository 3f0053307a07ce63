//! The library as Rust sees it.

use crate::core::time::{Times, MAX_MS};
use crate::engine::callback::{Callback, Native};
use crate::engine::{self, Handle, Limit};
use crate::error::{Error, NAME_MAX};
use crate::platform;
use crate::queue::Queue;
use parking_lot::Mutex;
use std::convert::TryFrom;
use std::mem::MaybeUninit;
use std::time::Duration;

/// Runs a callback when it is not fed in time.
///
/// It is fed and not running when it is made. Any thread may use it at any time, its own
/// callback too. Times count in whole milliseconds. Dropping it stops it and waits for a
/// running callback, unless dropped inside it.
///
/// ```
/// use std::time::Duration;
/// use watchdog::Watchdog;
///
/// let dog = Watchdog::new(Duration::from_secs(60), Duration::from_secs(20))?;
/// dog.on_expiry(|| eprintln!("the main loop hangs"))?;
/// dog.start()?;
/// for turn in 0..3 {
///     println!("turn {turn}"); // the work
///     dog.feed();
/// }
/// # Ok::<(), watchdog::Error>(())
/// ```
#[derive(Debug)]
pub struct Watchdog {
    handle: Handle,
}

/// What runs at expiry. The engine runs one at a time; what the lock is for is the child of a
/// fork that happened during a run, in which the closure is as that run has left it.
struct Closure<F>(Mutex<F>);

impl<F: FnMut() + Send + 'static> Native for Closure<F> {
    fn run(&self) {
        match self.0.try_lock() {
            Some(mut closure) => (*closure)(),
            None => platform::write_error(
                b"libwatchdog: a closure of on_expiry is left out: it ran when this process was forked; set it anew\n",
            ),
        }
    }
}

impl Watchdog {
    /// Expires when it has not been fed for longer than `timeout`. While it stays unfed,
    /// the callback runs again every `interval`; zero: once per missed feed.
    ///
    /// # Errors
    /// A timeout under a millisecond, times of more than 292 million years, or no memory.
    pub fn new(timeout: Duration, interval: Duration) -> Result<Watchdog, Error> {
        Ok(Watchdog { handle: engine::create(times(timeout, interval)?)? })
    }

    /// Feeds it. Takes a few nanoseconds, no lock and no system call.
    pub fn feed(&self) {
        let stamp = engine::stamp();
        let _is_live = engine::is_fresh(self.handle, stamp) || engine::feed(self.handle, stamp.count);
    }

    /// Sets what runs at expiry, on a thread of the library (or the one that checks), one
    /// run at a time. A panic in it is caught, and its message printed as usual; the next
    /// expiry runs it again. When this returns, the callback before is not running and
    /// will not run again, unless this was called from inside it.
    ///
    /// In the child of a fork that another thread made while it ran it is in the middle of that
    /// run for ever: there it is left out, which standard error says, until another is set.
    ///
    /// # Errors
    /// No memory.
    pub fn on_expiry(&self, callback: impl FnMut() + Send + 'static) -> Result<(), Error> {
        let callback = Callback::native(Closure(Mutex::new(callback)))?;
        let set = engine::set_callback(self.handle, Some(callback));
        if set.is_err() {
            callback.destroy();
        }
        set
    }

    /// Puts an event with this tag into a queue at expiry, in place of the callback.
    ///
    /// # Errors
    /// No memory.
    pub fn set_queue(&self, queue: &Queue, tag: u64) -> Result<(), Error> {
        engine::queue::set(self.handle, queue.handle, tag)
    }

    /// Clears the callback, or what [`set_queue`](Watchdog::set_queue) has set.
    ///
    /// # Errors
    /// None, as long as the watchdog lives.
    pub fn clear_callback(&self) -> Result<(), Error> {
        engine::set_callback(self.handle, None)
    }

    /// Checks once, on this thread: true, after the callback has run here, when more than
    /// the timeout has passed since the last feed.
    ///
    /// # Errors
    /// None, as long as the watchdog lives.
    pub fn check(&self) -> Result<bool, Error> {
        engine::check(self.handle)
    }

    /// Starts background monitoring, which counts as a feed. Succeeds when it is on.
    ///
    /// # Errors
    /// The operating system refuses a thread.
    pub fn start(&self) -> Result<(), Error> {
        engine::start_thread(self.handle, true)
    }

    /// Ends background monitoring and waits for a running callback: as long as it takes,
    /// or at most `limit`. Called inside the callback, it does not wait for it.
    ///
    /// # Errors
    /// [`Error::CallbackRuns`] when the limit has passed; monitoring is off all the same.
    pub fn stop(&self, limit: Option<Duration>) -> Result<(), Error> {
        let limit = limit.map_or(Limit::Forever, |limit| Limit::Ms(whole_ms(limit)));
        engine::stop(self.handle, limit)
    }

    /// Whether background monitoring is on.
    ///
    /// # Errors
    /// None, as long as the watchdog lives.
    pub fn is_running(&self) -> Result<bool, Error> {
        engine::is_running(self.handle)
    }

    /// While paused it does not expire. Pauses count: each is ended by one
    /// [`resume`](Watchdog::resume).
    ///
    /// # Errors
    /// [`Error::TooManyPauses`].
    pub fn pause(&self) -> Result<(), Error> {
        engine::pause(self.handle)
    }

    /// Ends a pause; ending the last one feeds.
    ///
    /// # Errors
    /// [`Error::NotPaused`].
    pub fn resume(&self) -> Result<(), Error> {
        engine::resume(self.handle)
    }

    /// Changes the times, at once and measured from the last feed.
    ///
    /// # Errors
    /// As in [`Watchdog::new`].
    pub fn set_times(&self, timeout: Duration, interval: Duration) -> Result<(), Error> {
        engine::set_times(self.handle, times(timeout, interval)?)
    }

    /// How long it may stay unfed.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(engine::times(self.handle).map_or(0, Times::timeout_ms))
    }

    /// How often the callback is repeated.
    pub fn interval(&self) -> Duration {
        Duration::from_millis(engine::times(self.handle).map_or(0, Times::interval_ms))
    }

    /// The time since the last feed.
    pub fn since_feed(&self) -> Duration {
        Duration::from_nanos(engine::since_feed(self.handle).unwrap_or(0))
    }

    /// Gives it a name of at most 255 bytes; an empty one clears it.
    ///
    /// # Errors
    /// [`Error::LongName`], or no memory.
    pub fn set_name(&self, name: &str) -> Result<(), Error> {
        engine::set_name(self.handle, name)
    }

    /// Its name; empty when it has none.
    pub fn name(&self) -> String {
        let mut buffer = [MaybeUninit::new(0); NAME_MAX + 1];
        let length = engine::name(self.handle, &mut buffer).unwrap_or(0);
        // SAFETY: all bytes were initialised above.
        #[allow(unsafe_code)]
        let bytes = buffer[..length].iter().map(|byte| unsafe { byte.assume_init() }).collect();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        let freed = engine::free(self.handle);
        debug_assert_eq!(freed, Ok(()));
    }
}

fn times(timeout: Duration, interval: Duration) -> Result<Times, Error> {
    Ok(Times::new(whole_ms(timeout), whole_ms(interval))?)
}

/// What is too long stays so: [`MAX_MS`] is less than fits.
pub(crate) fn whole_ms(time: Duration) -> u64 {
    const _: () = assert!(MAX_MS < u64::MAX);
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(unsafe_code)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::sync::Arc;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn an_unfed_watchdog_runs_its_closure_and_a_panic_in_it_does_no_harm() {
        let (sender, receiver) = channel();
        let dog = Watchdog::new(5 * MS, MS).unwrap();
        dog.on_expiry(move || {
            sender.send(()).unwrap();
            panic!("a test of panics");
        })
        .unwrap();
        dog.start().unwrap();
        for _ in 0..3 {
            receiver.recv().unwrap();
        }
        dog.stop(None).unwrap();
        assert!(!dog.is_running().unwrap());
    }

    #[test]
    fn a_closure_is_dropped_with_its_watchdog_or_replaced() {
        let kept = Arc::new(());
        let dog = Watchdog::new(60_000 * MS, MS).unwrap();
        for _ in 0..3 {
            let captured = Arc::clone(&kept);
            dog.on_expiry(move || drop(Arc::clone(&captured))).unwrap();
            assert_eq!(Arc::strong_count(&kept), 2);
        }
        drop(dog);
        assert_eq!(Arc::strong_count(&kept), 1);
    }

    #[test]
    fn a_closure_may_drop_the_last_handle_to_its_own_watchdog() {
        let (sender, receiver) = channel();
        let dog = Arc::new(std::sync::Mutex::new(Some(Watchdog::new(MS, MS).unwrap())));
        let own = Arc::clone(&dog);
        let locked = dog.lock().unwrap();
        let running = locked.as_ref().unwrap();
        let set = running.on_expiry(move || {
            drop(own.lock().unwrap().take());
            sender.send(()).unwrap();
        });
        set.unwrap();
        running.start().unwrap();
        drop(locked);
        receiver.recv().unwrap();
        assert!(dog.lock().unwrap().is_none());
    }

    #[test]
    #[cfg(unix)]
    fn a_closure_that_ran_at_a_fork_holds_up_nothing_in_the_child() {
        let (begun, begins) = channel();
        let (end, ends) = channel();
        let dog = Watchdog::new(MS, Duration::ZERO).unwrap();
        dog.on_expiry(move || {
            begun.send(()).unwrap();
            ends.recv().unwrap();
        })
        .unwrap();
        dog.start().unwrap();
        begins.recv().unwrap();
        // SAFETY: the child does nothing with what other threads of this program may hold.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let works = dog.start().is_ok();
            std::thread::sleep(30 * MS);
            let ended = works && dog.stop(Some(Duration::from_secs(20))).is_ok();
            // SAFETY: ends the process.
            unsafe { libc::_exit(if ended { 0 } else { 1 }) };
        }
        let mut status = -1;
        // SAFETY: waits for this program's child.
        unsafe { libc::waitpid(child, &mut status, 0) };
        assert_eq!(status, 0);
        end.send(()).unwrap();
    }

    #[test]
    fn names_and_times_come_back() {
        let dog = Watchdog::new(1500 * MS, Duration::ZERO).unwrap();
        dog.set_name("render loop").unwrap();
        assert_eq!(dog.name(), "render loop");
        assert_eq!((dog.timeout(), dog.interval()), (1500 * MS, Duration::ZERO));
        assert_eq!(dog.set_name(&"n".repeat(256)), Err(Error::LongName(256)));
        assert_eq!(Watchdog::new(Duration::ZERO, MS).err(), Some(Error::ZeroTimeout));
        assert_eq!(Watchdog::new(Duration::MAX, MS).err(), Some(Error::LongTime("timeout_ms", u64::MAX)));
    }
}
