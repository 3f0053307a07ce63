using System;

namespace LibWatchdog
{
    /// <summary>How a watchdog's process is ended by <see cref="Watchdog.SetLastResort"/>.</summary>
    public static class LastResort
    {
        /// <summary>As abort does: with a core, where the system is set up so.</summary>
        public const int Abort = 0;

        /// <summary>At once, as kill -9 does.</summary>
        public const int Kill = -1;
    }

    /// <summary>What <see cref="Watchdog.Expired"/> tells.</summary>
    public sealed class WatchdogExpiredEventArgs : EventArgs
    {
        /// <summary>Makes one.</summary>
        /// <param name="unfed">For how long the watchdog was unfed.</param>
        public WatchdogExpiredEventArgs(TimeSpan unfed)
        {
            Unfed = unfed;
        }

        /// <summary>For how long the watchdog was unfed.</summary>
        public TimeSpan Unfed { get; private set; }
    }

    /// <summary>What <see cref="Watchdog.HandlerException"/> tells.</summary>
    public sealed class HandlerExceptionEventArgs : EventArgs
    {
        /// <summary>Makes one.</summary>
        /// <param name="exception">What a handler has thrown.</param>
        public HandlerExceptionEventArgs(Exception exception)
        {
            Exception = exception;
        }

        /// <summary>What a handler has thrown.</summary>
        public Exception Exception { get; private set; }
    }

    /// <summary>An expiry, taken from a <see cref="WatchdogQueue"/>.</summary>
    public struct WatchdogEvent
    {
        internal WatchdogEvent(Watchdog watchdog, ulong tag, TimeSpan unfed, long lost) : this()
        {
            Watchdog = watchdog;
            Tag = tag;
            Unfed = unfed;
            Lost = lost;
        }

        /// <summary>Whose; null when it was disposed or collected meanwhile.</summary>
        public Watchdog Watchdog { get; private set; }

        /// <summary>What <see cref="LibWatchdog.Watchdog.SetQueue"/> was given.</summary>
        public ulong Tag { get; private set; }

        /// <summary>For how long the watchdog was unfed.</summary>
        public TimeSpan Unfed { get; private set; }

        /// <summary>How many events were lost directly before this one because the queue was
        /// full.</summary>
        public long Lost { get; private set; }
    }

    /// <summary>A pause of a watchdog; disposing it, once, resumes. See
    /// <see cref="Watchdog.PauseScope"/>.</summary>
    public sealed class WatchdogPause : IDisposable
    {
        private Watchdog paused;

        internal WatchdogPause(Watchdog watchdog)
        {
            watchdog.Pause();
            paused = watchdog;
        }

        /// <summary>Ends the pause. Ending the last one feeds.</summary>
        public void Dispose()
        {
            Watchdog watchdog = System.Threading.Interlocked.Exchange(ref paused, null);
            if (watchdog == null)
            {
                return;
            }
            try
            {
                watchdog.Resume();
            }
            catch (ObjectDisposedException)
            {
                // The watchdog went first.
            }
        }
    }
}
