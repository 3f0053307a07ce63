using System;
using System.Reflection;
using System.Threading;

namespace LibWatchdog.Tests
{
    /// <summary>Ends of the process, each in one of its own, with exit code 7.</summary>
    internal static class Children
    {
        private const int Code = 7;
        private static int runs;

        internal static int Run(string name)
        {
            switch (name)
            {
                case "return":
                    Busy();
                    return Code;
                case "exit":
                    Busy();
                    Environment.Exit(Code);
                    return 1;
                case "exit-in-handler":
                    return ExitInHandler();
                case "stuck":
                    return Stuck();
                case "pull":
                    return Pull();
                case "waits":
                    return Waits();
                case "non-daemon":
                    return NonDaemon();
                case "non-daemon-exit":
                    return NonDaemonExit();
                case "exit-with-lock":
                    return ExitWithLock();
                case "stderr":
                    return ToStandardError();
                case "last-resort":
                    return LastResort();
                default:
                    return 2;
            }
        }

        private static Watchdog[] busy;

        private static void Busy()
        {
            busy = new Watchdog[8];
            for (int i = 0; i < busy.Length; i++)
            {
                busy[i] = new Watchdog(Check.Ms(1), Check.Ms(1));
                busy[i].Expired += (sender, e) =>
                {
                    Interlocked.Increment(ref runs);
                    GC.KeepAlive(new byte[1000]);
                };
                busy[i].Start();
            }
            Check.Comes(() => runs > 100, "runs");
        }

        private static int ExitInHandler()
        {
            Busy();
            Watchdog dog = new Watchdog(Check.Ms(5), TimeSpan.Zero);
            dog.Expired += (sender, e) => Environment.Exit(Code);
            dog.Start();
            Thread.Sleep(Timeout.Infinite);
            return 1;
        }

        private static int Stuck()
        {
            Watchdog dog = new Watchdog(Check.Ms(1), TimeSpan.Zero);
            dog.Expired += (sender, e) =>
            {
                Interlocked.Increment(ref runs);
                Thread.Sleep(Timeout.Infinite);
            };
            dog.Start();
            Check.Comes(() => runs > 0, "the handler");
            return Code;
        }

        private static int Pull()
        {
            WatchdogQueue queue = new WatchdogQueue(16);
            Watchdog dog = new Watchdog(Check.Ms(1), Check.Ms(1));
            dog.SetQueue(queue);
            dog.Start();
            for (int i = 0; i < 3; i++)
            {
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
            }
            Check.Comes(() => runs > 20, "events");
            return Code;
        }

        private static int Waits()
        {
            Watchdog dog = new Watchdog(Check.Hang, Check.Hang);
            WatchdogQueue queue = new WatchdogQueue(1);
            WatchdogEvent taken;
            dog.Start();
            Check.Started(() => dog.Join());
            Check.Started(() => dog.RunOnce());
            Check.Started(() => queue.Take(Timeout.InfiniteTimeSpan, out taken));
            Thread.Sleep(100);
            return Code;
        }

        private static int NonDaemon()
        {
            Watchdog dog = new Watchdog(Check.Ms(10), Check.Ms(10));
            dog.Expired += (sender, e) =>
            {
                if (Interlocked.Increment(ref runs) == 20)
                {
                    Console.WriteLine("stopped after main has returned");
                    Environment.ExitCode = Code;
                    dog.Stop();
                }
            };
            dog.Start(false);
            return Code;
        }

        private static int NonDaemonExit()
        {
            Watchdog dog = new Watchdog(Check.Hang, Check.Hang);
            dog.Start(false);
            Environment.Exit(Code);
            return 1;
        }

        /// <summary>Mono stops the thread with the binding's lock held, and then waits for
        /// finalizers.</summary>
        private static int ExitWithLock()
        {
            Watchdog dog = new Watchdog(Check.Hang, Check.Hang);
            WatchdogQueue queue = new WatchdogQueue(1);
            object gate = typeof(Watchdog).Assembly.GetType("LibWatchdog.Lifetime")
                .GetField("Gate", BindingFlags.Static | BindingFlags.NonPublic).GetValue(null);
            AppDomain.CurrentDomain.ProcessExit += (sender, e) =>
            {
                Check.Started(() =>
                {
                    lock (gate)
                    {
                        Interlocked.Increment(ref runs);
                        Thread.Sleep(Timeout.Infinite);
                    }
                });
                Check.Comes(() => runs > 0, "the lock");
            };
            Environment.Exit(Code);
            GC.KeepAlive(dog);
            GC.KeepAlive(queue);
            return 1;
        }

        private static int ToStandardError()
        {
            using (Watchdog dog = new Watchdog(Check.Ms(1), TimeSpan.Zero) { Name = "näme" })
            {
                dog.Expired += (sender, e) => throw new InvalidOperationException("on purpose");
                Thread.Sleep(5);
                dog.Check();
            }
            return Code;
        }

        private static int LastResort()
        {
            Watchdog dog = new Watchdog(Check.Ms(1), TimeSpan.Zero) { Name = "last" };
            dog.Expired += (sender, e) => Thread.Sleep(Timeout.Infinite);
            dog.SetLastResort(Check.Ms(50), TimeSpan.Zero, Code);
            dog.Start();
            Thread.Sleep(Timeout.Infinite);
            GC.KeepAlive(dog);
            return 1;
        }
    }
}
