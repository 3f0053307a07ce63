using System;
using System.Collections.Generic;
using System.Threading;

namespace LibWatchdog.Tests
{
    /// <summary>Expiries that are taken from a queue.</summary>
    internal static class Queues
    {
        internal static void All()
        {
            Program.Test("an expiry is an event in the queue", AnExpiryIsAnEvent);
            Program.Test("what does not fit is counted and told", Overflow);
            Program.Test("a wake ends a wait, now or the next one", Wakes);
            Program.Test("a wait lasts as long as its limit", Limits);
            Program.Test("of several takers each event goes to one", SeveralTakers);
            Program.Test("disposing a queue ends the waits for it", DisposeEndsWaits);
            Program.Test("a queue takes the place of the event, and the reverse", PullAndPush);
            Program.Test("an event tells its watchdog while there is one", EventsAndWatchdogs);
            Program.Test("bad capacities and too many queues are refused in words", Refused);
            Program.Test("queues that are collected are freed", CollectedAreFreed);
            Program.Test("to look for events allocates nothing", LooksAllocateNothing);
        }

        private static Watchdog Overdue(WatchdogQueue queue, ulong tag)
        {
            Watchdog dog = new Watchdog(Check.Ms(1), TimeSpan.Zero);
            dog.SetQueue(queue, tag);
            Thread.Sleep(5);
            return dog;
        }

        private static void AnExpiryIsAnEvent()
        {
            using (WatchdogQueue queue = new WatchdogQueue(4))
            using (Watchdog dog = new Watchdog(Check.Ms(20), TimeSpan.Zero))
            {
                WatchdogEvent taken;
                dog.SetQueue(queue, ulong.MaxValue);
                dog.Start();
                Check.That(queue.Take(Timeout.InfiniteTimeSpan, out taken), "an event");
                Check.Equal(taken.Tag, ulong.MaxValue, "the tag");
                Check.That(ReferenceEquals(taken.Watchdog, dog), "the watchdog");
                Check.That(taken.Unfed >= Check.Ms(20), "never early");
                Check.Equal(taken.Lost, 0L, "lost");
                Check.That(!queue.TryTake(out taken), "no more");
                Check.That(taken.Watchdog == null, "no watchdog");
                dog.Feed();
                Check.That(queue.Take(Check.Hang, out taken), "one more");
            }
        }

        private static void Overflow()
        {
            using (WatchdogQueue queue = new WatchdogQueue(2))
            using (Watchdog dog = Overdue(queue, 1))
            {
                WatchdogEvent taken;
                for (int i = 0; i < 5; i++)
                {
                    Check.That(dog.Check(), "expired");
                }
                Check.Equal(queue.Lost, 3L, "lost");
                Check.That(queue.TryTake(out taken) && taken.Lost == 0, "the first");
                Check.That(queue.TryTake(out taken) && taken.Lost == 0, "the second");
                Check.That(dog.Check(), "expired");
                Check.That(queue.TryTake(out taken), "the next");
                Check.Equal(taken.Lost, 3L, "lost before it");
            }
        }

        private static void Wakes()
        {
            using (WatchdogQueue queue = new WatchdogQueue(2))
            {
                WatchdogEvent taken;
                bool got = true;
                Thread taker = Check.Started(() => got = queue.Take(Timeout.InfiniteTimeSpan, out WatchdogEvent none));
                Thread.Sleep(20);
                queue.Wake();
                Check.Ended(new[] { taker });
                Check.That(!got, "woken without an event");
                queue.Wake();
                Check.That(!queue.TryTake(out taken), "nothing");
                Check.That(!queue.Take(Timeout.InfiniteTimeSpan, out taken), "woken");
            }
        }

        private static void Limits()
        {
            using (WatchdogQueue queue = new WatchdogQueue(2))
            {
                WatchdogEvent taken;
                DateTime began = DateTime.UtcNow;
                Check.That(!queue.Take(Check.Ms(50), out taken), "nothing");
                Check.NotBefore(began, 50);
                Check.That(!queue.Take(TimeSpan.Zero, out taken), "nothing at once");
                Check.Throws<ArgumentOutOfRangeException>(() => queue.Take(Check.Ms(-5), out taken), "a negative limit");
            }
        }

        private static void SeveralTakers()
        {
            const int events = 500;
            int sum = 0;
            List<Thread> takers = new List<Thread>();
            WatchdogQueue queue = new WatchdogQueue(events);
            using (Watchdog dog = Overdue(queue, 1))
            {
                for (int i = 0; i < 4; i++)
                {
                    takers.Add(Check.Started(() =>
                    {
                        try
                        {
                            for (;;)
                            {
                                WatchdogEvent taken;
                                if (queue.Take(Timeout.InfiniteTimeSpan, out taken))
                                {
                                    Interlocked.Increment(ref sum);
                                }
                            }
                        }
                        catch (ObjectDisposedException)
                        {
                            // The end.
                        }
                    }));
                }
                for (int i = 0; i < events; i++)
                {
                    Check.That(dog.Check(), "expired");
                }
                Check.Comes(() => sum == events, "all events");
                queue.Dispose();
                Check.Ended(takers);
                Check.That(dog.Check(), "expired, though there is no queue");
            }
            Check.Equal(sum, events, "events");
        }

        private static void DisposeEndsWaits()
        {
            for (int round = 0; round < 20; round++)
            {
                WatchdogQueue queue = new WatchdogQueue(1);
                int ended = 0;
                List<Thread> takers = new List<Thread>();
                for (int i = 0; i < 3; i++)
                {
                    takers.Add(Check.Started(() =>
                    {
                        WatchdogEvent taken;
                        Check.Disposed(() => queue.Take(Check.Hang, out taken), "Take");
                        Interlocked.Increment(ref ended);
                    }));
                }
                Thread.Sleep(round % 4);
                queue.Dispose();
                Check.Ended(takers);
                Check.Equal(ended, 3, "ended");
            }
        }

        private static void PullAndPush()
        {
            int runs = 0;
            using (WatchdogQueue queue = new WatchdogQueue(8))
            using (Watchdog dog = Overdue(queue, 1))
            {
                WatchdogEvent taken;
                dog.Expired += (sender, e) => runs++;
                Check.That(dog.Check() && queue.TryTake(out taken), "an event in the queue");
                Check.Equal(runs, 0, "runs while there is a queue");
                dog.SetQueue(null);
                Check.That(dog.Check() && !queue.TryTake(out taken), "no event in the queue");
                Check.Equal(runs, 1, "runs without a queue");
                dog.SetQueue(queue, 2);
                dog.SetQueue(queue, 3);
                Check.That(dog.Check() && queue.TryTake(out taken) && taken.Tag == 3, "the last tag");
                Check.Equal(runs, 1, "runs with a queue again");
            }
        }

        private static void EventsAndWatchdogs()
        {
            using (WatchdogQueue queue = new WatchdogQueue(8))
            {
                WatchdogEvent taken;
                Watchdog dog = Overdue(queue, 1);
                Check.That(dog.Check(), "expired");
                dog.Dispose();
                Check.That(queue.TryTake(out taken), "the event is there");
                Check.That(taken.Watchdog == null, "its watchdog is gone");
                Check.Equal(taken.Tag, 1UL, "the tag");
            }
        }

        private static void Refused()
        {
            foreach (int bad in new[] { 0, -1, int.MinValue, WatchdogQueue.MaxCapacity + 1, int.MaxValue })
            {
                WatchdogException error = Check.Refused(() => new WatchdogQueue(bad), WatchdogStatus.InvalidArgument, "a capacity of " + bad);
                Check.Contains(error.Message, "65536");
            }
            GC.Collect();
            GC.WaitForPendingFinalizers();
            List<WatchdogQueue> queues = new List<WatchdogQueue>();
            WatchdogException full = null;
            while (full == null && queues.Count <= 64)
            {
                try
                {
                    queues.Add(new WatchdogQueue(1));
                }
                catch (WatchdogException error)
                {
                    full = error;
                }
            }
            foreach (WatchdogQueue queue in queues)
            {
                queue.Dispose();
            }
            Check.That(full != null && full.Status == WatchdogStatus.NoMemory, "one queue too many");
            Check.Contains(full.Message, "64 queues");
        }

        private static void CollectedAreFreed()
        {
            for (int i = 0; i < 300; i++)
            {
                if (i % 20 == 0)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                }
                Check.Started(() => new WatchdogQueue(1).Wake()).Join();
            }
        }

        private static void LooksAllocateNothing()
        {
            using (WatchdogQueue queue = new WatchdogQueue(8))
            {
                WatchdogEvent taken;
                for (int i = 0; i < 100; i++)
                {
                    queue.TryTake(out taken);
                }
                int collections = GC.CollectionCount(0);
                for (int i = 0; i < 1000000; i++)
                {
                    if (queue.TryTake(out taken))
                    {
                        throw new FailedException("an event from nowhere");
                    }
                }
                // A million looks of even 24 bytes would fill the young generation several times.
                Check.That(GC.CollectionCount(0) - collections <= 1, "no collections: " + (GC.CollectionCount(0) - collections));
            }
        }
    }
}
