using System;
using System.Threading;

namespace LibWatchdog.Tests
{
    /// <summary>
    /// Application domains that are unloaded and loaded again, 100 times, as Unity's editor
    /// does. Mono alone has them.
    /// </summary>
    internal static class Domains
    {
        private const int Times = 100;

        internal static int Run(string scenario)
        {
            int slowest = 0;
            for (int i = 0; i < Times; i++)
            {
                AppDomain domain = AppDomain.CreateDomain("plugin " + i);
                Plugin plugin = (Plugin)domain.CreateInstanceAndUnwrap(
                    typeof(Plugin).Assembly.FullName, typeof(Plugin).FullName);
                plugin.Start(scenario);
                int began = Environment.TickCount;
                AppDomain.Unload(domain);
                slowest = Math.Max(slowest, unchecked(Environment.TickCount - began));
            }
            Console.WriteLine("{0} domains, the slowest unload took {1} ms", Times, slowest);
            return slowest < 10000 ? 7 : 1;
        }

        /// <summary>What is loaded and unloaded.</summary>
        internal sealed class Plugin : MarshalByRefObject
        {
            private int runs;

            /// <summary>Returns when watchdogs are running and expiring.</summary>
            public void Start(string scenario)
            {
                switch (scenario)
                {
                    case "push":
                        Push();
                        break;
                    case "pull":
                        Pull();
                        break;
                    case "waits":
                        Waits();
                        break;
                    default:
                        throw new ArgumentException(scenario);
                }
            }

            private Watchdog[] dogs;

            private void Push()
            {
                dogs = new Watchdog[4];
                for (int i = 0; i < dogs.Length; i++)
                {
                    dogs[i] = new Watchdog(Check.Ms(1), Check.Ms(1));
                    dogs[i].Expired += (sender, e) => Interlocked.Increment(ref runs);
                    dogs[i].Start();
                }
                Check.Comes(() => runs > 10, "runs");
            }

            private void Pull()
            {
                WatchdogQueue queue = new WatchdogQueue(16);
                dogs = new[] { new Watchdog(Check.Ms(1), Check.Ms(1)) };
                dogs[0].SetQueue(queue);
                dogs[0].Start();
                Check.Started(() =>
                {
                    for (;;)
                    {
                        WatchdogEvent taken;
                        if (queue.Take(Timeout.InfiniteTimeSpan, out taken))
                        {
                            Interlocked.Increment(ref runs);
                        }
                    }
                });
                Check.Comes(() => runs > 10, "events");
            }

            private void Waits()
            {
                WatchdogQueue queue = new WatchdogQueue(16);
                WatchdogEvent taken;
                dogs = new[] { new Watchdog(Check.Hang, Check.Hang) };
                dogs[0].Start(false);
                Check.Started(() => dogs[0].Join());
                Check.Started(() => { for (;;) { dogs[0].RunOnce(); } });
                Check.Started(() => { for (;;) { queue.Take(Timeout.InfiniteTimeSpan, out taken); } });
                Thread.Sleep(5);
            }
        }
    }
}
