using System;
using System.Threading;

namespace LibWatchdog
{
    /// <summary>
    /// Holds expiries until they are taken. A watchdog that is given a queue by
    /// <see cref="Watchdog.SetQueue"/> puts an event into it instead of raising
    /// <see cref="Watchdog.Expired"/>: so no native thread ever enters managed code, and a main
    /// loop has its events where it wants them. One queue serves any number of watchdogs. Any
    /// thread may use it at any time.
    /// </summary>
    public sealed class WatchdogQueue : IDisposable
    {
        /// <summary>The largest capacity.</summary>
        public const int MaxCapacity = 65536;

        private readonly QueueHandle handle;

        /// <summary>Makes a queue. There can be 64 at once.</summary>
        /// <param name="capacity">So many events it holds, 1 to <see cref="MaxCapacity"/>; when it
        /// is full, new ones are lost, and counted.</param>
        /// <exception cref="WatchdogException">The capacity is out of range, there is no memory,
        /// or there are as many queues as there can be.</exception>
        public WatchdogQueue(int capacity)
        {
            IntPtr queue = Native.wd_queue_new(capacity < 0 ? 0 : (uint)capacity);
            if (queue == IntPtr.Zero)
            {
                bool isGood = capacity > 0 && capacity <= MaxCapacity;
                throw WatchdogException.OfLastError(
                    (int)(isGood ? WatchdogStatus.NoMemory : WatchdogStatus.InvalidArgument));
            }
            handle = new QueueHandle(queue);
            Lifetime.AddQueue(queue);
        }

        internal QueueHandle Handle
        {
            get { return handle; }
        }

        /// <summary>How many events were lost in all because the queue was full.</summary>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public long Lost
        {
            get
            {
                ulong lost;
                WatchdogException.ThrowIfFailed(Native.wd_queue_lost(handle, out lost), "WatchdogQueue");
                return (long)lost;
            }
        }

        /// <summary>Takes the oldest event, if there is one. Cheap enough for every frame: it
        /// neither waits nor allocates.</summary>
        /// <param name="taken">The event.</param>
        /// <returns>False when the queue is empty.</returns>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public bool TryTake(out WatchdogEvent taken)
        {
            return TakeWithin(0, out taken);
        }

        /// <summary>Takes the oldest event, and waits for one if there is none.</summary>
        /// <param name="limit">How long at most; Timeout.InfiniteTimeSpan: as long as it
        /// takes.</param>
        /// <param name="taken">The event.</param>
        /// <returns>False when none came in time, when <see cref="Wake"/> has ended the wait, or
        /// when the application domain is being unloaded.</returns>
        /// <exception cref="ObjectDisposedException">It is disposed, perhaps meanwhile.</exception>
        public bool Take(TimeSpan limit, out WatchdogEvent taken)
        {
            long ms = Conversions.ToLimit(limit);
            if (ms == 0)
            {
                return TakeWithin(0, out taken);
            }
            if (!Lifetime.BeginWait())
            {
                // The thread is about to be aborted, which it can be in a managed wait alone.
                Thread.Sleep(10);
                return TakeWithin(0, out taken);
            }
            try
            {
                return TakeWithin(ms, out taken);
            }
            finally
            {
                Lifetime.EndWait();
            }
        }

        private bool TakeWithin(long ms, out WatchdogEvent taken)
        {
            Native.Event native = new Native.Event { Size = Native.EventSize };
            int status = Native.wd_queue_take(handle, ref native, ms);
            WatchdogException.ThrowIfFailed(status, "WatchdogQueue");
            if (status == Native.Empty)
            {
                taken = default(WatchdogEvent);
                return false;
            }
            taken = new WatchdogEvent(Lifetime.Find(native.Watchdog), native.Tag,
                Conversions.FromMs(native.UnfedMs), (long)native.Lost);
            return true;
        }

        /// <summary>Ends a wait in <see cref="Take"/>: of several that wait, one; when nobody
        /// waits, the next that would.</summary>
        /// <exception cref="ObjectDisposedException">It is disposed.</exception>
        public void Wake()
        {
            WatchdogException.ThrowIfFailed(Native.wd_queue_wake(handle), "WatchdogQueue");
        }

        /// <summary>Ends the queue, and all waits for its events. Expiries of watchdogs that still
        /// have it go nowhere.</summary>
        public void Dispose()
        {
            handle.Free();
        }
    }
}
