using System;
using System.Collections.Generic;
using System.Threading;

namespace LibWatchdog
{
    /// <summary>
    /// What lives in this application domain, and how it ends. A runtime that unloads a domain,
    /// or ends, waits for whoever is in its code: so before that, nothing native may be on its
    /// way into managed code, and no managed thread may be in a long native wait. When the
    /// domain is about to be unloaded, or the process to end, all its watchdogs are stopped,
    /// running handlers waited for, for a while, and waits ended. At the end of the process Mono
    /// then stops all other threads where they are, perhaps with a lock held, and after that
    /// waits for finalizers: so none of these may wait for a lock.
    /// </summary>
    internal static class Lifetime
    {
        // So long running handlers are waited for, in milliseconds.
        private const int Patience = 2000;

        private static readonly object Gate = new object();

        // By numbers, for the native handles are checked: one that is freed meanwhile does no
        // harm, and what lives is not kept alive. The keys are longs: of these every compiler
        // ahead of time has a dictionary.
        private static readonly Dictionary<long, WeakReference> Watchdogs = new Dictionary<long, WeakReference>();
        private static readonly Dictionary<long, object> Queues = new Dictionary<long, object>();

        // Those that keep the process from ending, and the last thread that does so for them.
        private static readonly List<Watchdog> Kept = new List<Watchdog>();
        private static bool keeperRuns;
        private static volatile Thread keeper;

        // Threads in native waits.
        private static int waits;

        private static bool hasHadWatchdogs;
        private static volatile bool isEnding;
        private static volatile bool mayWait = true;

        static Lifetime()
        {
            AppDomain.CurrentDomain.DomainUnload += OnDomainUnload;
            AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        }

        /// <summary>The domain is being unloaded, or the process ends.</summary>
        internal static bool IsEnding
        {
            get { return isEnding; }
        }

        /// <summary>Whether a finalizer may wait: for a handler, when it frees a watchdog, or for
        /// a lock.</summary>
        internal static bool MayWait
        {
            get { return mayWait; }
        }

        // ---- Who lives -------------------------------------------------------------------

        internal static void Add(IntPtr handle, Watchdog watchdog)
        {
            lock (Gate)
            {
                hasHadWatchdogs = true;
                Watchdogs[handle.ToInt64()] = new WeakReference(watchdog);
            }
        }

        internal static void AddQueue(IntPtr handle)
        {
            lock (Gate)
            {
                Queues[handle.ToInt64()] = null;
            }
        }

        /// <summary>Of a watchdog or a queue, whose handles differ: it is freed. Finalizers call
        /// this too; when none may wait any more, nobody needs to forget.</summary>
        internal static void Forget(long handle)
        {
            bool isLocked = false;
            try
            {
                while (!isLocked && mayWait)
                {
                    Monitor.TryEnter(Gate, 10, ref isLocked);
                }
                if (isLocked)
                {
                    Watchdogs.Remove(handle);
                    Queues.Remove(handle);
                }
            }
            finally
            {
                if (isLocked)
                {
                    Monitor.Exit(Gate);
                }
            }
        }

        /// <summary>The watchdog of a handle; null when it is disposed or collected.</summary>
        internal static Watchdog Find(IntPtr handle)
        {
            lock (Gate)
            {
                WeakReference found;
                return Watchdogs.TryGetValue(handle.ToInt64(), out found) ? (Watchdog)found.Target : null;
            }
        }

        // ---- Waits -----------------------------------------------------------------------

        /// <summary>Before a native wait, which the end of the domain has to end. False: it ends
        /// already, and there must be none.</summary>
        internal static bool BeginWait()
        {
            Interlocked.Increment(ref waits);
            if (!isEnding)
            {
                return true;
            }
            Interlocked.Decrement(ref waits);
            return false;
        }

        internal static void EndWait()
        {
            Interlocked.Decrement(ref waits);
        }

        // ---- Who keeps the process -------------------------------------------------------

        /// <summary>Keeps the process, and the watchdog, as a foreground thread does, until the
        /// watchdog is stopped. One thread does so for all.</summary>
        internal static void Keep(Watchdog watchdog)
        {
            lock (Gate)
            {
                Kept.Add(watchdog);
                if (keeperRuns)
                {
                    return;
                }
                keeperRuns = true;
            }
            try
            {
                Thread started = new Thread(KeepUntilStopped) { Name = "watchdog keeper", IsBackground = false };
                started.Start();
                keeper = started;
            }
            catch
            {
                lock (Gate)
                {
                    keeperRuns = false;
                    Kept.Remove(watchdog);
                }
                throw;
            }
        }

        private static void KeepUntilStopped()
        {
            for (;;)
            {
                Watchdog first;
                lock (Gate)
                {
                    if (Kept.Count == 0)
                    {
                        keeperRuns = false;
                        return;
                    }
                    first = Kept[0];
                }
                try
                {
                    first.Join();
                }
                catch (ObjectDisposedException)
                {
                    // Which stops it too.
                }
                catch (WatchdogException error)
                {
                    Callbacks.Report(first, error);
                }
                lock (Gate)
                {
                    Kept.RemoveAt(0);
                }
            }
        }

        // ---- The end ---------------------------------------------------------------------

        private static void OnDomainUnload(object sender, EventArgs e)
        {
            End(true);
        }

        private static void OnProcessExit(object sender, EventArgs e)
        {
            End(false);
        }

        /// <param name="isUnloaded">The code itself goes: native code must not know of it any
        /// more.</param>
        private static void End(bool isUnloaded)
        {
            int began = Environment.TickCount;
            long[] watchdogs, queues;
            isEnding = true;
            mayWait = isUnloaded;
            lock (Gate)
            {
                watchdogs = new long[Watchdogs.Count];
                Watchdogs.Keys.CopyTo(watchdogs, 0);
                queues = new long[Queues.Count];
                Queues.Keys.CopyTo(queues, 0);
            }
            foreach (long watchdog in watchdogs)
            {
                Native.wd_stop(new IntPtr(watchdog), 0);
            }
            foreach (long watchdog in watchdogs)
            {
                if (Native.wd_stop(new IntPtr(watchdog), Left(began)) == Native.TimedOut)
                {
                    mayWait = false;
                }
                else if (isUnloaded)
                {
                    Native.wd_set_callback(new IntPtr(watchdog), null, IntPtr.Zero);
                }
            }
            if (hasHadWatchdogs)
            {
                // Mono would wait for every native thread that was once in managed code.
                Native.wd_retire_threads();
            }
            // Threads that have just begun to wait are ended too.
            while (Thread.VolatileRead(ref waits) > 0 && Left(began) > 0)
            {
                foreach (long queue in queues)
                {
                    Native.wd_queue_wake(new IntPtr(queue));
                }
                foreach (long watchdog in watchdogs)
                {
                    Native.wd_stop(new IntPtr(watchdog), 0);
                }
                Thread.Sleep(1);
            }
            // It ends by itself now. Mono may hang or abort when it stops a thread that waits for
            // a lock or is in its first call of a native function.
            Thread started = keeper;
            if (started != null && started != Thread.CurrentThread)
            {
                started.Join((int)Left(began));
            }
        }

        private static long Left(int began)
        {
            return Math.Max(0, Patience - unchecked(Environment.TickCount - began));
        }
    }
}
