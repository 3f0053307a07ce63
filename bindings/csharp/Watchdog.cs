using System;
using System.Threading;

namespace LibWatchdog
{
    /// <summary>
    /// Raises an event when it is not fed in time.
    /// <para>It is fed and not running when it is made. Any thread may use it at any time, its
    /// own handlers too. Times count in whole milliseconds; parts of one are rounded up. A
    /// watchdog that is disposed or collected stops: keep a reference while it is to run.</para>
    /// <para>When the application domain is unloaded or the process ends, all watchdogs are
    /// stopped before the runtime waits for anything; from then on none starts.</para>
    /// </summary>
    public sealed class Watchdog : IDisposable
    {
        /// <summary>A timeout that suits many.</summary>
        public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

        /// <summary>An interval that suits many.</summary>
        public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(20);

        /// <summary>Bytes of a name, in UTF-8.</summary>
        public const int MaxName = Native.NameMax;

        private readonly WatchdogHandle handle;

        // What is to happen at expiry, and whether somebody tells the library so just now: it
        // waits for running handlers, for which nobody may wait with a lock held.
        private readonly object gate = new object();
        private EventHandler<WatchdogExpiredEventArgs> handlers;
        private WatchdogQueue queue;
        private ulong tag;
        private bool isApplying, isChanged;
        private Mode applied;
        private WatchdogQueue appliedQueue;
        private ulong appliedTag;

        private enum Mode
        {
            Nothing,
            Push,
            Pull,
        }

        // ---- Making and ending -----------------------------------------------------------

        /// <summary>Makes a watchdog, fed and not running, with the default times.</summary>
        /// <exception cref="WatchdogException">There is no memory.</exception>
        public Watchdog() : this(DefaultTimeout, DefaultInterval)
        {
        }

        /// <summary>Makes a watchdog, fed and not running.</summary>
        /// <param name="timeout">So long it may stay unfed.</param>
        /// <param name="interval">While it stays unfed, the event is raised again so long after
        /// it was raised before. Zero: once per missed feed.</param>
        /// <exception cref="WatchdogException">A time is out of range, or there is no
        /// memory.</exception>
        public Watchdog(TimeSpan timeout, TimeSpan interval)
        {
            IntPtr watchdog = Native.wd_new(Conversions.ToMs(timeout), Conversions.ToMs(interval));
            if (watchdog == IntPtr.Zero)
            {
                bool areGood = timeout > TimeSpan.Zero && interval >= TimeSpan.Zero;
                throw WatchdogException.OfLastError(
                    (int)(areGood ? WatchdogStatus.NoMemory : WatchdogStatus.InvalidArgument));
            }
            handle = new WatchdogHandle(watchdog);
            Lifetime.Add(watchdog, this);
        }

        /// <summary>Stops it, waits for a running handler, and frees it: when this returns, no
        /// handler runs any more. Inside a handler of this watchdog it does not wait.</summary>
        public void Dispose()
        {
            handle.Free();
        }

        // ---- Feeding and expiry ----------------------------------------------------------

        /// <summary>Feeds it: the time since the last feed begins anew. Takes no lock and makes
        /// no system call.</summary>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public void Feed()
        {
            Check(Native.wd_feed(handle));
        }

        /// <summary>
        /// Raised at expiry: on a thread of the native library, or in <see cref="Check()"/> and
        /// <see cref="RunOnce"/> on the caller's; one at a time for one watchdog, concurrently for
        /// several. Handlers may call everything, also dispose the watchdog. What one throws goes
        /// to <see cref="HandlerException"/>, and the others run all the same. One that never
        /// returns keeps its thread, and delays no other watchdog.
        /// <para>While the watchdog has a queue, the event is not raised.</para>
        /// </summary>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public event EventHandler<WatchdogExpiredEventArgs> Expired
        {
            add
            {
                lock (gate)
                {
                    handlers += value;
                }
                Apply();
            }
            remove
            {
                // The library goes on to call, and finds nobody: so nobody waits here.
                lock (gate)
                {
                    handlers -= value;
                }
            }
        }

        /// <summary>Raised for each exception that leaves a handler of <see cref="Expired"/>, on
        /// the handler's thread; the sender is the watchdog. Without a handler of its own, or when
        /// that throws too, exceptions are written to standard error.</summary>
        public static event EventHandler<HandlerExceptionEventArgs> HandlerException;

        /// <summary>Has it put an event into a queue at expiry, instead of raising
        /// <see cref="Expired"/>. No native thread enters managed code then.</summary>
        /// <param name="queue">The queue; null: <see cref="Expired"/> is raised again.</param>
        /// <param name="tag">What the events are to carry.</param>
        /// <exception cref="ObjectDisposedException">One of both is disposed.</exception>
        /// <exception cref="WatchdogException">There is no memory.</exception>
        public void SetQueue(WatchdogQueue queue, ulong tag = 0)
        {
            lock (gate)
            {
                this.queue = queue;
                this.tag = tag;
            }
            Apply();
        }

        /// <summary>Tells the library what is to happen at expiry. Whoever comes while another
        /// thread does so leaves it to that one; a handler would wait for itself else.</summary>
        private void Apply()
        {
            lock (gate)
            {
                isChanged = true;
                if (isApplying)
                {
                    return;
                }
                isApplying = true;
            }
            try
            {
                for (;;)
                {
                    Mode mode;
                    WatchdogQueue newQueue;
                    ulong newTag;
                    lock (gate)
                    {
                        if (!isChanged)
                        {
                            isApplying = false;
                            return;
                        }
                        isChanged = false;
                        newQueue = queue;
                        newTag = tag;
                        mode = queue != null ? Mode.Pull : handlers != null ? Mode.Push : Mode.Nothing;
                        if (mode == applied && newQueue == appliedQueue && newTag == appliedTag)
                        {
                            continue;
                        }
                    }
                    Check(Tell(mode, newQueue, newTag));
                    lock (gate)
                    {
                        applied = mode;
                        appliedQueue = newQueue;
                        appliedTag = newTag;
                    }
                }
            }
            catch
            {
                lock (gate)
                {
                    isApplying = false;
                }
                throw;
            }
        }

        private int Tell(Mode mode, WatchdogQueue newQueue, ulong newTag)
        {
            if (Lifetime.IsEnding)
            {
                return Native.Ok;
            }
            switch (mode)
            {
                case Mode.Pull:
                    return Native.wd_set_queue(handle, newQueue.Handle, newTag);
                case Mode.Push:
                    return Callbacks.Install(this, handle);
                default:
                    return Native.wd_set_callback(handle, null, IntPtr.Zero);
            }
        }

        internal void RaiseExpired()
        {
            EventHandler<WatchdogExpiredEventArgs> raised = handlers;
            if (raised == null)
            {
                return;
            }
            ulong unfed;
            try
            {
                Native.wd_since_feed_ms(handle, out unfed);
            }
            catch (ObjectDisposedException)
            {
                return; // disposed just now, which waits for this
            }
            WatchdogExpiredEventArgs args = new WatchdogExpiredEventArgs(Conversions.FromMs(unfed));
            foreach (Delegate handler in raised.GetInvocationList())
            {
                try
                {
                    ((EventHandler<WatchdogExpiredEventArgs>)handler)(this, args);
                }
                catch (ThreadAbortException)
                {
                    throw; // it goes on by itself
                }
                catch (Exception error)
                {
                    Callbacks.Report(this, error);
                }
            }
        }

        internal static bool RaiseHandlerException(Watchdog watchdog, Exception error)
        {
            EventHandler<HandlerExceptionEventArgs> raised = HandlerException;
            if (raised == null)
            {
                return false;
            }
            raised(watchdog, new HandlerExceptionEventArgs(error));
            return true;
        }

        // ---- Checking, without a thread of the library -----------------------------------

        /// <summary>Checks once, on this thread and without waiting, whether it is running or
        /// not: if more than the timeout has passed since the last feed, handlers of
        /// <see cref="Expired"/> run here and now, unless they run already.</summary>
        /// <returns>True when it was not fed in time.</returns>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public bool Check()
        {
            Callbacks.BeginCheck();
            try
            {
                int status = Native.wd_check(handle);
                GC.KeepAlive(this); // else it could be collected in the call, and be called in vain
                return Check(status) == Native.Expired;
            }
            finally
            {
                Callbacks.EndCheck();
            }
        }

        /// <summary><see cref="Check()"/>, and then a sleep for the interval, which
        /// <see cref="Stop"/>, <see cref="Dispose"/> and <see cref="Shutdown"/> end.</summary>
        /// <returns>What the check has returned.</returns>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public bool RunOnce()
        {
            if (!Lifetime.BeginWait())
            {
                bool isExpired = Check();
                Thread.Sleep(10);
                return isExpired;
            }
            Callbacks.BeginCheck();
            try
            {
                int status = Native.wd_start(handle);
                GC.KeepAlive(this);
                return Check(status) == Native.Expired;
            }
            finally
            {
                Callbacks.EndCheck();
                Lifetime.EndWait();
            }
        }

        // ---- Monitoring in the background ------------------------------------------------

        /// <summary>Starts background monitoring, which counts as a feed. When it is running
        /// nothing changes.</summary>
        /// <param name="daemon">False: the process does not end when all its other foreground
        /// threads have ended, until the watchdog is stopped, and meanwhile it is not collected
        /// either. Environment.Exit ends the process all the same, as it ends foreground
        /// threads.</param>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        /// <exception cref="WatchdogException">The operating system refused a thread.</exception>
        public void Start(bool daemon = true)
        {
            if (Lifetime.IsEnding)
            {
                return;
            }
            bool wasRunning = IsRunning;
            // To the library it always is one: the exit of the process must not wait for
            // handlers when the runtime has gone.
            Check(Native.wd_start_thread(handle, 1));
            if (!daemon && !wasRunning)
            {
                Lifetime.Keep(this);
            }
        }

        /// <summary>Ends background monitoring and waits for a running handler, though not for
        /// the one that calls this.</summary>
        /// <param name="limit">How long at most; null: as long as it takes.</param>
        /// <returns>False when a handler still runs. Monitoring is off all the same.</returns>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public bool Stop(TimeSpan? limit = null)
        {
            return IsInTime(Native.wd_stop(handle, Conversions.ToLimit(limit)));
        }

        /// <summary>Waits until background monitoring has been ended by somebody else; at once
        /// when it is not running.</summary>
        /// <param name="limit">How long at most; null: as long as it takes.</param>
        /// <returns>False when monitoring goes on.</returns>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public bool Join(TimeSpan? limit = null)
        {
            long ms = Conversions.ToLimit(limit);
            if (!Lifetime.BeginWait())
            {
                ms = 0; // it is stopped, or about to be
            }
            else
            {
                try
                {
                    return IsInTime(Native.wd_join(handle, ms));
                }
                finally
                {
                    Lifetime.EndWait();
                }
            }
            return IsInTime(Native.wd_join(handle, ms));
        }

        /// <summary>Whether background monitoring is on.</summary>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public bool IsRunning
        {
            get
            {
                int running;
                Check(Native.wd_is_running(handle, out running));
                return running != 0;
            }
        }

        /// <summary>Stops every watchdog of the process.</summary>
        /// <param name="limit">How long running handlers are waited for, in all; null: as long as
        /// it takes.</param>
        /// <returns>False when a handler still runs.</returns>
        public static bool Shutdown(TimeSpan? limit = null)
        {
            return IsInTime(Native.wd_shutdown(Conversions.ToLimit(limit)));
        }

        // ---- Settings --------------------------------------------------------------------

        /// <summary>While it is paused nothing expires. Pauses count.</summary>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public void Pause()
        {
            Check(Native.wd_pause(handle));
        }

        /// <summary>Ends a pause. Ending the last one feeds.</summary>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        /// <exception cref="WatchdogException">It is not paused.</exception>
        public void Resume()
        {
            Check(Native.wd_resume(handle));
        }

        /// <summary>Pauses it until the scope is disposed: <c>using (dog.PauseScope()) { … }</c>
        /// around work that may take long.</summary>
        /// <returns>The scope.</returns>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public WatchdogPause PauseScope()
        {
            return new WatchdogPause(this);
        }

        /// <summary>Changes the times, at once and measured from the last feed.</summary>
        /// <param name="timeout">So long it may stay unfed.</param>
        /// <param name="interval">How soon the event is repeated; zero: once per missed
        /// feed.</param>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        /// <exception cref="WatchdogException">A time is out of range.</exception>
        public void SetTimes(TimeSpan timeout, TimeSpan interval)
        {
            Check(Native.wd_set_times(handle, Conversions.ToMs(timeout), Conversions.ToMs(interval)));
        }

        /// <summary>A name for people to read, of at most <see cref="MaxName"/> bytes in UTF-8;
        /// "" for none.</summary>
        /// <exception cref="ArgumentException">It is no text, or contains a zero.</exception>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        /// <exception cref="WatchdogException">It is too long, or there is no memory.</exception>
        public string Name
        {
            get
            {
                byte[] buffer = new byte[Native.NameMax + 1];
                Check(Native.wd_name(handle, buffer, new UIntPtr((uint)buffer.Length)));
                return Conversions.FromUtf8(buffer);
            }
            set { Check(Native.wd_set_name(handle, Conversions.ToUtf8(value, "value"))); }
        }

        /// <summary>Has the native library itself end the process when handlers are of no help:
        /// when one is stuck, or the watchdog is still unfed long after it has expired.</summary>
        /// <param name="handlerLimit">A handler has run for so long, and the watchdog is unfed;
        /// zero: no limit.</param>
        /// <param name="unfedLimit">It has not been fed for so long, which is more than its
        /// timeout; zero: no limit. Both zero: no last resort.</param>
        /// <param name="action">A value of <see cref="LastResort"/>, or 1 to 255: exit with that
        /// code.</param>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        /// <exception cref="WatchdogException">A limit or the action is not what it must be, or 64
        /// watchdogs have a last resort.</exception>
        public void SetLastResort(TimeSpan handlerLimit, TimeSpan unfedLimit, int action = LastResort.Abort)
        {
            Check(Native.wd_set_last_resort(
                handle, Conversions.ToMs(handlerLimit), Conversions.ToMs(unfedLimit), action));
        }

        // ---- Questions -------------------------------------------------------------------

        /// <summary>How long it may stay unfed.</summary>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public TimeSpan Timeout
        {
            get
            {
                ulong ms;
                Check(Native.wd_timeout_ms(handle, out ms));
                return Conversions.FromMs(ms);
            }
        }

        /// <summary>How soon the event is repeated.</summary>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public TimeSpan Interval
        {
            get
            {
                ulong ms;
                Check(Native.wd_interval_ms(handle, out ms));
                return Conversions.FromMs(ms);
            }
        }

        /// <summary>The time since the last feed. It goes on while the watchdog is
        /// paused.</summary>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public TimeSpan SinceFeed
        {
            get
            {
                ulong ms;
                Check(Native.wd_since_feed_ms(handle, out ms));
                return Conversions.FromMs(ms);
            }
        }

        // ---- The process -----------------------------------------------------------------

        /// <summary>The version of the native library.</summary>
        public static string Version
        {
            get { return Conversions.FromUtf8(Native.wd_version()); }
        }

        /// <summary>The clock that a feed reads: "counter" or "monotonic".</summary>
        public static string ClockName
        {
            get { return Conversions.FromUtf8(Native.wd_clock_name()); }
        }

        /// <summary>By how much the native monitor thread is late for its next look: usually zero.
        /// Much more says that something keeps it from running, and nobody would notice a hang
        /// now.</summary>
        public static TimeSpan MonitorLate
        {
            get
            {
                ulong ms;
                Check(Native.wd_monitor_late_ms(out ms));
                return Conversions.FromMs(ms);
            }
        }

        /// <summary>Where a last resort leaves a record of why, for the next start of the program
        /// to read.</summary>
        /// <param name="path">A path of at most 1023 bytes in UTF-8; null or "": no record.</param>
        /// <exception cref="ArgumentException">It is no text, or contains a zero.</exception>
        /// <exception cref="WatchdogException">It is too long.</exception>
        public static void SetRecordFile(string path)
        {
            Check(Native.wd_set_record_file(Conversions.ToUtf8(path, "path")));
        }

        private static int Check(int status)
        {
            WatchdogException.ThrowIfFailed(status, "Watchdog");
            return status;
        }

        private static bool IsInTime(int status)
        {
            return status != Native.TimedOut && Check(status) == Native.Ok;
        }
    }
}
