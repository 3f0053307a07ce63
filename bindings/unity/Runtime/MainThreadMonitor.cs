using System;
using System.Threading;

namespace LibWatchdog
{
    /// <summary>
    /// Watches the thread that calls <see cref="Tick"/>. The native library puts an expiry into a
    /// queue: none of its threads ever enters managed code, so nothing keeps an application
    /// domain from being unloaded. The events are taken by the watched thread itself and, so
    /// that somebody knows while it hangs, by a managed thread that can be woken and ended at
    /// any time. Knows nothing of Unity.
    /// <para>An episode goes from the first event to the next tick: it is told once, however
    /// long it lasts and whatever feeds in between.</para>
    /// </summary>
    internal sealed class MainThreadMonitor : IDisposable
    {
        // So long the reporter is waited for: somebody's handler may hang too.
        internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

        private readonly Watchdog watchdog;
        private readonly WatchdogQueue queue;
        private readonly Func<bool> isExcused;
        private readonly Action<TimeSpan> atOnce;
        private readonly Action<Exception> failed;
        private readonly Thread reporter;
        private readonly int watchedThread = Thread.CurrentThread.ManagedThreadId;
        private volatile bool isEnding;

        // All that follows is guarded by it.
        private readonly object gate = new object();
        private TimeSpan timeout;
        private bool isPaused;
        private TimeSpan carried, longGap;
        private TimeSpan unfed;

        // Read without the gate in every frame.
        private volatile bool isHung;

        /// <param name="timeout">So long there may be no tick.</param>
        /// <param name="isExcused">Asked when a hang is about to be told, on any thread.</param>
        /// <param name="atOnce">Called by the reporter while the thread hangs; null: there is no
        /// reporter.</param>
        /// <param name="failed">Told what <paramref name="atOnce"/> has thrown.</param>
        internal MainThreadMonitor(TimeSpan timeout, Func<bool> isExcused, Action<TimeSpan> atOnce, Action<Exception> failed)
        {
            this.timeout = timeout;
            this.isExcused = isExcused;
            this.atOnce = atOnce;
            this.failed = failed;
            watchdog = new Watchdog(timeout, TimeSpan.Zero) { Name = "main thread" };
            try
            {
                queue = new WatchdogQueue(4);
                watchdog.SetQueue(queue);
                watchdog.Start();
                if (atOnce != null)
                {
                    reporter = new Thread(TakeEvents) { Name = "watchdog events", IsBackground = true };
                    reporter.Start();
                }
            }
            catch
            {
                watchdog.Dispose();
                if (queue != null)
                {
                    queue.Dispose();
                }
                throw;
            }
        }

        internal bool HasReporter
        {
            get { return reporter != null && reporter.IsAlive; }
        }

        internal bool IsPaused
        {
            get
            {
                lock (gate)
                {
                    return isPaused;
                }
            }
        }

        internal TimeSpan Timeout
        {
            get
            {
                lock (gate)
                {
                    return timeout;
                }
            }
        }

        /// <summary>Feeds, and tells of an episode that is over. Allocates nothing.</summary>
        /// <param name="unfed">For how long there had been no tick when the hang was noticed.</param>
        /// <param name="duration">For how long there was none in all.</param>
        /// <returns>Whether there was one.</returns>
        internal bool Tick(out TimeSpan unfed, out TimeSpan duration)
        {
            TimeSpan gap;
            lock (gate)
            {
                gap = carried + watchdog.SinceFeed;
                carried = TimeSpan.Zero;
                watchdog.Feed();
                if (gap >= timeout)
                {
                    longGap = gap;
                }
            }
            Drain();
            unfed = duration = TimeSpan.Zero;
            bool isOver = false;
            if (isHung)
            {
                lock (gate)
                {
                    isOver = true;
                    isHung = false;
                    unfed = this.unfed;
                }
                // The reporter may note it some frames after the tick that has ended it.
                duration = Max(unfed, Max(gap, longGap));
            }
            return isOver;
        }

        /// <summary>A longer timeout counts from the last feed, or from now on the watched thread;
        /// a shorter one from now.</summary>
        internal void SetTimeout(TimeSpan value)
        {
            lock (gate)
            {
                if (value == timeout)
                {
                    return;
                }
                if (value < timeout || Thread.CurrentThread.ManagedThreadId == watchedThread)
                {
                    carried += watchdog.SinceFeed;
                    watchdog.Feed();
                }
                timeout = value;
                watchdog.SetTimes(value, TimeSpan.Zero);
            }
        }

        /// <summary>While it is paused there is no hang. The end of a pause feeds.</summary>
        internal void SetPaused(bool value)
        {
            // What has hung before the pause has hung.
            Drain();
            lock (gate)
            {
                if (value == isPaused)
                {
                    return;
                }
                isPaused = value;
                if (value)
                {
                    carried += watchdog.SinceFeed;
                    watchdog.Pause();
                }
                else
                {
                    watchdog.Resume();
                }
            }
        }

        /// <summary>Stops, and ends the reporter. Bounded.</summary>
        /// <returns>False when the reporter still is in somebody's handler.</returns>
        internal bool Stop()
        {
            bool hasEnded = true;
            isEnding = true;
            watchdog.Dispose();
            if (reporter != null && reporter != Thread.CurrentThread)
            {
                try
                {
                    queue.Wake();
                }
                catch (ObjectDisposedException)
                {
                    // Stopped already.
                }
                hasEnded = reporter.Join(Patience);
            }
            queue.Dispose();
            return hasEnded;
        }

        public void Dispose()
        {
            Stop();
        }

        private void Drain()
        {
            WatchdogEvent taken;
            while (queue.TryTake(out taken))
            {
                Note(taken.Unfed);
            }
        }

        /// <returns>Whether it is the begin of an episode.</returns>
        private bool Note(TimeSpan howLong)
        {
            if (isExcused())
            {
                return false;
            }
            lock (gate)
            {
                if (isPaused || isHung)
                {
                    return false;
                }
                unfed = howLong;
                isHung = true;
                return true;
            }
        }

        private void TakeEvents()
        {
            try
            {
                while (!isEnding && !Lifetime.IsEnding)
                {
                    WatchdogEvent taken;
                    if (queue.Take(System.Threading.Timeout.InfiniteTimeSpan, out taken) && !isEnding && Note(taken.Unfed))
                    {
                        Report(taken.Unfed);
                    }
                }
            }
            catch (ObjectDisposedException)
            {
                // The end.
            }
        }

        private void Report(TimeSpan howLong)
        {
            try
            {
                atOnce(howLong);
            }
            catch (Exception error)
            {
                failed(error);
            }
        }

        private static TimeSpan Max(TimeSpan one, TimeSpan other)
        {
            return one > other ? one : other;
        }
    }
}
