using System;
using System.Threading;

namespace LibWatchdog.Tests
{
    /// <summary>Every function does what its C original does.</summary>
    internal static class Basics
    {
        internal static void All()
        {
            Program.Test("an unfed watchdog raises its event and a fed one does not", AnUnfedOneRaises);
            Program.Test("times come back and parts of milliseconds are rounded up", TimesComeBack);
            Program.Test("bad times are refused in words", BadTimesAreRefused);
            Program.Test("names are any text", NamesAreAnyText);
            Program.Test("bad names are refused", BadNamesAreRefused);
            Program.Test("a check raises the event on the same thread", AChecksThread);
            Program.Test("RunOnce sleeps for the interval unless it is stopped", RunOnceSleeps);
            Program.Test("starting, stopping, joining", StartStopJoin);
            Program.Test("a limit is answered with false", ALimitIsAnswered);
            Program.Test("pauses count and a scope ends its own once", Pauses);
            Program.Test("questions about the process", TheProcess);
            Program.Test("a last resort comes and goes", LastResorts);
            Program.Test("what is disposed is refused with an exception", DisposedIsRefused);
        }

        private static void AnUnfedOneRaises()
        {
            int runs = 0;
            TimeSpan unfed = TimeSpan.Zero;
            using (Watchdog dog = new Watchdog(Check.Ms(20), TimeSpan.Zero))
            {
                object sender = null;
                dog.Expired += (from, e) =>
                {
                    sender = from;
                    unfed = e.Unfed;
                    Interlocked.Increment(ref runs);
                };
                dog.Start();
                Check.That(dog.IsRunning, "running");
                Check.Comes(() => runs == 1, "the event");
                Check.That(unfed >= Check.Ms(20), "never early");
                Check.That(ReferenceEquals(sender, dog), "the sender is the watchdog");
                dog.Feed();
                Check.Comes(() => runs == 2, "one more after a feed");
                dog.SetTimes(Check.Hang, TimeSpan.Zero);
                dog.Feed();
                Check.That(dog.SinceFeed < Check.Hang, "fed just now");
                Thread.Sleep(60);
                Check.Equal(runs, 2, "runs of a fed one");
            }
        }

        private static void TimesComeBack()
        {
            using (Watchdog dog = new Watchdog(Check.Ms(1.2), Check.Ms(0.1)))
            {
                Check.Equal(dog.Timeout, Check.Ms(2), "the timeout");
                Check.Equal(dog.Interval, Check.Ms(1), "the interval");
                dog.SetTimes(TimeSpan.MaxValue, TimeSpan.Zero);
                Check.That(dog.Timeout > TimeSpan.FromDays(9999999), "the longest timeout");
                Check.Equal(dog.Interval, TimeSpan.Zero, "no interval");
            }
            using (Watchdog dog = new Watchdog())
            {
                Check.Equal(dog.Timeout, Watchdog.DefaultTimeout, "the default timeout");
                Check.Equal(dog.Interval, Watchdog.DefaultInterval, "the default interval");
            }
        }

        private static void BadTimesAreRefused()
        {
            foreach (TimeSpan bad in new[] { TimeSpan.Zero, Check.Ms(-1), TimeSpan.MinValue })
            {
                WatchdogException error = Check.Refused(
                    () => new Watchdog(bad, TimeSpan.Zero), WatchdogStatus.InvalidArgument, "a timeout of " + bad);
                Check.Contains(error.Message, "timeout_ms");
            }
            using (Watchdog dog = new Watchdog())
            {
                Check.Refused(() => dog.SetTimes(Check.Ms(1), Check.Ms(-1)), WatchdogStatus.InvalidArgument, "a bad interval");
                Check.Equal(dog.Timeout, Watchdog.DefaultTimeout, "the timeout after it");
                Check.Throws<ArgumentOutOfRangeException>(() => dog.Stop(Check.Ms(-2)), "a negative limit");
                Check.Throws<ArgumentOutOfRangeException>(() => dog.Join(TimeSpan.MinValue), "the least limit");
                Check.That(dog.Stop(TimeSpan.MaxValue), "the longest limit");
                Check.That(dog.Stop(Timeout.InfiniteTimeSpan), "no limit");
            }
        }

        private static void NamesAreAnyText()
        {
            using (Watchdog dog = new Watchdog())
            {
                Check.Equal(dog.Name, "", "no name");
                foreach (string name in new[] { "render loop", "größe", "\u4e3b\u5faa\u73af", "\ud83d\udc36 dog", new string('n', 255), new string('\u20ac', 85) })
                {
                    dog.Name = name;
                    Check.Equal(dog.Name, name, "the name");
                }
                dog.Name = null;
                Check.Equal(dog.Name, "", "no name any more");
            }
        }

        private static void BadNamesAreRefused()
        {
            using (Watchdog dog = new Watchdog())
            {
                dog.Name = "before";
                WatchdogException error = Check.Refused(() => dog.Name = new string('\u20ac', 86), WatchdogStatus.InvalidArgument, "a long name");
                Check.Contains(error.Message, "258 bytes");
                Check.Throws<ArgumentException>(() => dog.Name = "a\0b", "a zero");
                Check.Throws<ArgumentException>(() => dog.Name = "\ud83d", "half a pair");
                Check.Equal(dog.Name, "before", "the name after it");
            }
        }

        private static void AChecksThread()
        {
            using (Watchdog dog = new Watchdog(Check.Ms(1), TimeSpan.Zero))
            {
                Thread ran = null;
                dog.Expired += (sender, e) => ran = Thread.CurrentThread;
                Thread.Sleep(5);
                Check.That(dog.Check(), "expired");
                Check.That(ReferenceEquals(ran, Thread.CurrentThread), "on this thread");
                dog.SetTimes(Check.Hang, TimeSpan.Zero);
                Check.That(!dog.Check(), "healthy");
            }
        }

        private static void RunOnceSleeps()
        {
            using (Watchdog dog = new Watchdog(Check.Hang, Check.Ms(20)))
            {
                DateTime began = DateTime.UtcNow;
                Check.That(!dog.RunOnce(), "healthy");
                Check.NotBefore(began, 20);
                dog.SetTimes(Check.Hang, Check.Hang);
                Thread sleeper = Check.Started(() => dog.RunOnce());
                Thread.Sleep(20);
                while (!sleeper.Join(1))
                {
                    dog.Stop();
                }
            }
        }

        private static void StartStopJoin()
        {
            using (Watchdog dog = new Watchdog())
            {
                Check.That(dog.Join(), "joined when not running");
                dog.Start();
                dog.Start();
                Thread joiner = Check.Started(() => dog.Join());
                Check.That(!dog.Join(Check.Ms(5)), "monitoring goes on");
                Check.That(dog.Stop(), "stopped");
                Check.That(!dog.IsRunning, "not running");
                Check.Ended(new[] { joiner });
                dog.Start();
                Check.That(Watchdog.Shutdown(), "all stopped");
                Check.That(!dog.IsRunning, "not running after a shutdown");
            }
        }

        private static void ALimitIsAnswered()
        {
            using (ManualResetEvent isIn = new ManualResetEvent(false), mayGo = new ManualResetEvent(false))
            using (Watchdog dog = new Watchdog(Check.Ms(1), TimeSpan.Zero))
            {
                dog.Expired += (sender, e) =>
                {
                    isIn.Set();
                    mayGo.WaitOne();
                };
                dog.Start();
                isIn.WaitOne();
                Check.That(!dog.Stop(TimeSpan.Zero), "a handler runs");
                Check.That(!dog.Stop(Check.Ms(5)), "a handler still runs");
                Check.That(!Watchdog.Shutdown(Check.Ms(5)), "a handler still runs at the shutdown");
                mayGo.Set();
                Check.That(dog.Stop(), "it has ended");
            }
        }

        private static void Pauses()
        {
            using (Watchdog dog = new Watchdog(Check.Ms(1), TimeSpan.Zero))
            {
                WatchdogPause scope = dog.PauseScope();
                dog.Pause();
                Thread.Sleep(5);
                dog.Resume();
                Check.That(!dog.Check(), "still paused");
                scope.Dispose();
                scope.Dispose();
                Check.Refused(dog.Resume, WatchdogStatus.InvalidArgument, "a resume too many");
                Thread.Sleep(5);
                Check.That(dog.Check(), "expired");
                using (dog.PauseScope())
                {
                    dog.Dispose();
                }
            }
        }

        private static void TheProcess()
        {
            Check.That(Watchdog.Version.Split('.').Length == 3, "a version");
            Check.That(Watchdog.ClockName == "counter" || Watchdog.ClockName == "monotonic", "a clock");
            Check.That(Watchdog.MonitorLate < Check.Hang, "the monitor looks");
        }

        private static void LastResorts()
        {
            using (Watchdog dog = new Watchdog())
            {
                dog.SetLastResort(Check.Hang, TimeSpan.Zero, LastResort.Kill);
                dog.SetLastResort(TimeSpan.Zero, TimeSpan.Zero);
                Check.Refused(() => dog.SetLastResort(TimeSpan.Zero, Check.Ms(1)), WatchdogStatus.InvalidArgument, "a short limit");
                Check.Refused(() => dog.SetLastResort(Check.Hang, Check.Hang + Check.Hang, 256), WatchdogStatus.InvalidArgument, "no action");
                Watchdog.SetRecordFile("/tmp/größe");
                Check.Refused(() => Watchdog.SetRecordFile(new string('p', 1024)), WatchdogStatus.InvalidArgument, "a long path");
                Watchdog.SetRecordFile(null);
            }
        }

        private static void DisposedIsRefused()
        {
            Watchdog dog = new Watchdog();
            WatchdogQueue queue = new WatchdogQueue(1), other = new WatchdogQueue(1);
            WatchdogPause pause = dog.PauseScope();
            dog.Dispose();
            dog.Dispose();
            other.Dispose();
            other.Dispose();
            Check.Disposed(dog.Feed, "Feed");
            Check.Disposed(() => dog.Expired += (sender, e) => { }, "Expired");
            Check.Disposed(() => dog.SetQueue(queue), "SetQueue");
            Check.Disposed(() => dog.SetQueue(null), "SetQueue(null)");
            Check.Disposed(() => dog.Check(), "Check");
            Check.Disposed(() => dog.RunOnce(), "RunOnce");
            Check.Disposed(() => dog.Start(), "Start");
            Check.Disposed(() => dog.Start(false), "Start(false)");
            Check.Disposed(() => dog.Stop(), "Stop");
            Check.Disposed(() => dog.Join(), "Join");
            Check.Disposed(() => dog.IsRunning.ToString(), "IsRunning");
            Check.Disposed(dog.Pause, "Pause");
            Check.Disposed(dog.Resume, "Resume");
            Check.Disposed(() => dog.PauseScope(), "PauseScope");
            Check.Disposed(() => dog.SetTimes(Check.Ms(1), Check.Ms(1)), "SetTimes");
            Check.Disposed(() => dog.Name = "name", "Name");
            Check.Disposed(() => dog.Name.ToString(), "Name");
            Check.Disposed(() => dog.SetLastResort(TimeSpan.Zero, TimeSpan.Zero), "SetLastResort");
            Check.Disposed(() => dog.Timeout.ToString(), "Timeout");
            Check.Disposed(() => dog.Interval.ToString(), "Interval");
            Check.Disposed(() => dog.SinceFeed.ToString(), "SinceFeed");
            pause.Dispose();
            WatchdogEvent taken;
            Check.Disposed(() => other.TryTake(out taken), "TryTake");
            Check.Disposed(() => other.Take(Timeout.InfiniteTimeSpan, out taken), "Take");
            Check.Disposed(other.Wake, "Wake");
            Check.Disposed(() => other.Lost.ToString(), "Lost");
            using (Watchdog alive = new Watchdog())
            {
                Check.Disposed(() => alive.SetQueue(other), "SetQueue of a disposed queue");
                alive.SetQueue(null);
                alive.Feed();
            }
            queue.Dispose();
        }
    }
}
