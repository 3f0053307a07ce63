using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LibWatchdog.Tests
{
    /// <summary>Watchdogs that come and go, disposed and collected.</summary>
    internal static class Lives
    {
        private static int runs;

        internal static void All()
        {
            Program.Test("thousands are made and disposed", Thousands);
            Program.Test("thousands are made and collected", ThousandsCollected);
            Program.Test("a watchdog that is collected stops", CollectedStops);
            Program.Test("a handler that refers to its watchdog keeps nothing alive", HandlersKeepNothingAlive);
            Program.Test("a queue keeps no watchdog alive", QueuesKeepNothingAlive);
            Program.Test("what is running is not collected while it is not a daemon", NonDaemonsAreKept);
            Program.Test("many threads use and dispose the same watchdogs", ManyThreads);
        }

        private static void Thousands()
        {
            int ran = 0;
            for (int i = 0; i < 5000; i++)
            {
                using (Watchdog dog = new Watchdog(Check.Ms(1), Check.Ms(1)))
                {
                    dog.Expired += (sender, e) => Interlocked.Increment(ref ran);
                    if (i % 4 == 0)
                    {
                        dog.Start();
                    }
                    if (i % 500 == 0)
                    {
                        Check.Comes(() => ran > 0, "a run");
                        ran = 0;
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void MakeAndForget(int count, WatchdogQueue queue)
        {
            // On a thread of its own, so that nothing of it is left on this stack.
            Check.Started(() =>
            {
                for (int i = 0; i < count; i++)
                {
                    Watchdog dog = new Watchdog(Check.Ms(1), Check.Ms(1));
                    dog.Expired += (sender, e) =>
                    {
                        dog.SinceFeed.ToString(); // refers to it
                        Interlocked.Increment(ref runs);
                    };
                    if (queue != null)
                    {
                        dog.SetQueue(queue, (ulong)i);
                    }
                    dog.Start();
                }
            }).Join();
        }

        private static bool IsSilent(Func<int> count)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            int before = count();
            Thread.Sleep(30);
            return count() == before;
        }

        private static void ThousandsCollected()
        {
            for (int i = 0; i < 20; i++)
            {
                MakeAndForget(100, null);
                GC.Collect();
            }
            Check.Comes(() => IsSilent(() => runs), "silence");
        }

        private static void CollectedStops()
        {
            runs = 0;
            MakeAndForget(1, null);
            Check.Comes(() => IsSilent(() => runs), "silence");
        }

        private static void HandlersKeepNothingAlive()
        {
            WeakReference[] weak = new WeakReference[10];
            Check.Started(() =>
            {
                for (int i = 0; i < weak.Length; i++)
                {
                    Watchdog dog = new Watchdog(Check.Ms(1), Check.Ms(1));
                    dog.Expired += (sender, e) => GC.KeepAlive(dog);
                    dog.Start();
                    weak[i] = new WeakReference(dog);
                }
            }).Join();
            Check.Comes(() =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                int alive = 0;
                foreach (WeakReference one in weak)
                {
                    alive += one.IsAlive ? 1 : 0;
                }
                return alive <= 1; // a conservative collector may take something for a reference
            }, "all collected");
        }

        private static void QueuesKeepNothingAlive()
        {
            using (WatchdogQueue queue = new WatchdogQueue(64))
            {
                int taken = 0;
                MakeAndForget(5, queue);
                Check.Comes(() => IsSilent(() =>
                {
                    WatchdogEvent one;
                    while (queue.TryTake(out one))
                    {
                        taken++;
                    }
                    return taken;
                }), "silence");
            }
        }

        private static void NonDaemonsAreKept()
        {
            int ran = 0;
            Check.Started(() =>
            {
                Watchdog dog = new Watchdog(Check.Ms(1), Check.Ms(1));
                dog.Expired += (sender, e) =>
                {
                    if (Interlocked.Increment(ref ran) == 50)
                    {
                        dog.Stop();
                    }
                };
                dog.Start(false);
                dog.Start(false);
            }).Join();
            Check.Comes(() =>
            {
                GC.Collect();
                return ran >= 50;
            }, "fifty runs");
        }

        private static void ManyThreads()
        {
            Watchdog[] dogs = new Watchdog[4];
            List<Thread> threads = new List<Thread>();
            Exception failure = null;
            for (int i = 0; i < dogs.Length; i++)
            {
                dogs[i] = new Watchdog(Check.Ms(1), Check.Ms(1));
            }
            int began = Environment.TickCount;
            for (int i = 0; i < 4; i++)
            {
                int seed = i;
                threads.Add(Check.Started(() =>
                {
                    Random random = new Random(seed);
                    while (unchecked(Environment.TickCount - began) < 500 && failure == null)
                    {
                        int which = random.Next(dogs.Length);
                        try
                        {
                            Any(dogs, which, random.Next(10));
                        }
                        catch (ObjectDisposedException)
                        {
                            // As is to be expected.
                        }
                        catch (Exception error)
                        {
                            failure = error;
                        }
                    }
                }));
            }
            Check.Ended(threads);
            Check.That(failure == null, "" + failure);
            foreach (Watchdog dog in dogs)
            {
                dog.Dispose();
            }
        }

        private static void Any(Watchdog[] dogs, int which, int what)
        {
            Watchdog dog = dogs[which];
            switch (what)
            {
                case 0:
                    dog.Dispose();
                    dogs[which] = new Watchdog(Check.Ms(1), Check.Ms(1));
                    break;
                case 1:
                    dog.Stop();
                    break;
                case 2:
                    dog.Check();
                    break;
                case 3:
                    dog.Expired += (sender, e) => { };
                    break;
                case 4:
                    using (dog.PauseScope())
                    {
                        dog.Name = "n" + which;
                    }
                    break;
                case 5:
                    dog.Join(Check.Ms(1));
                    break;
                case 6:
                    dog.Start();
                    break;
                default:
                    dog.Feed();
                    break;
            }
        }
    }
}
