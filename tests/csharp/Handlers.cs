using System;
using System.Collections.Generic;
using System.Threading;

namespace LibWatchdog.Tests
{
    /// <summary>Handlers: what they may do, and what becomes of what they throw.</summary>
    internal static class Handlers
    {
        internal static void All()
        {
            Program.Test("an exception in a handler is reported, with its sender, and no end", ExceptionsAreReported);
            Program.Test("the other handlers run all the same", TheOthersRun);
            Program.Test("an exception in the report of exceptions is survived", ReportsMayThrow);
            Program.Test("exceptions of any kind are caught", AnyException);
            Program.Test("a watchdog may be disposed inside its handler", DisposedInside);
            Program.Test("handlers may call everything", HandlersMayCallEverything);
            Program.Test("a handler that was removed is not called any more", Removed);
            Program.Test("what is disposed runs no handler any more", NoneAfterDispose);
            Program.Test("disposing ends the waits of other threads", DisposeEndsWaits);
            Program.Test("the garbage is collected while handlers run", CollectedMeanwhile);
            Program.Test("handlers come and go from many threads", ComeAndGo);
        }

        private static Watchdog Fast(EventHandler<WatchdogExpiredEventArgs> handler)
        {
            Watchdog dog = new Watchdog(Check.Ms(1), Check.Ms(1));
            dog.Expired += handler;
            dog.Start();
            return dog;
        }

        private static void ExceptionsAreReported()
        {
            int reports = 0;
            object sender = null;
            Exception what = null;
            EventHandler<HandlerExceptionEventArgs> reporter = (from, e) =>
            {
                sender = from;
                what = e.Exception;
                Interlocked.Increment(ref reports);
            };
            Watchdog.HandlerException += reporter;
            try
            {
                using (Watchdog dog = Fast((from, e) => throw new InvalidOperationException("on purpose")))
                {
                    Check.Comes(() => reports >= 3, "three reports");
                    Check.That(ReferenceEquals(sender, dog), "the sender is the watchdog");
                    Check.Equal(what.Message, "on purpose", "what was thrown");
                    dog.Stop();
                    int before = reports;
                    Check.That(dog.Check(), "expired");
                    Check.Equal(reports, before + 1, "reports after a check");
                }
            }
            finally
            {
                Watchdog.HandlerException -= reporter;
            }
        }

        private static void TheOthersRun()
        {
            int runs = 0, reports = 0;
            EventHandler<HandlerExceptionEventArgs> reporter = (from, e) => Interlocked.Increment(ref reports);
            Watchdog.HandlerException += reporter;
            using (Watchdog dog = new Watchdog(Check.Ms(1), TimeSpan.Zero))
            {
                dog.Expired += (sender, e) => throw new InvalidOperationException("the first");
                dog.Expired += (sender, e) => runs++;
                dog.Expired += (sender, e) => throw new InvalidOperationException("the third");
                dog.Expired += (sender, e) => runs++;
                Thread.Sleep(5);
                Check.That(dog.Check(), "expired");
            }
            Watchdog.HandlerException -= reporter;
            Check.Equal(runs, 2, "runs of the others");
            Check.Equal(reports, 2, "reports");
        }

        private static void ReportsMayThrow()
        {
            System.IO.TextWriter before = Console.Error;
            System.IO.StringWriter written = new System.IO.StringWriter();
            EventHandler<HandlerExceptionEventArgs> reporter = (from, e) => throw new InvalidOperationException("the report");
            Console.SetError(System.IO.TextWriter.Synchronized(written));
            Watchdog.HandlerException += reporter;
            try
            {
                using (Watchdog dog = new Watchdog(Check.Ms(1), TimeSpan.Zero) { Name = "näme" })
                {
                    dog.Expired += (sender, e) => throw new InvalidOperationException("the handler");
                    Thread.Sleep(5);
                    Check.That(dog.Check(), "expired");
                }
            }
            finally
            {
                Watchdog.HandlerException -= reporter;
                Console.SetError(before);
            }
            Check.Contains(written.ToString(), "the handler");
            Check.Contains(written.ToString(), "the report");
            Check.Contains(written.ToString(), "näme");
        }

        private static void AnyException()
        {
            List<Type> seen = new List<Type>();
            EventHandler<HandlerExceptionEventArgs> reporter = (from, e) =>
            {
                lock (seen)
                {
                    seen.Add(e.Exception.GetType());
                }
            };
            Watchdog.HandlerException += reporter;
            using (Watchdog dog = new Watchdog(Check.Ms(1), Check.Ms(1)))
            {
                string nothing = null;
                int zero = 0;
                dog.Expired += (sender, e) => nothing.ToString();
                dog.Expired += (sender, e) => (1 / zero).ToString();
                dog.Expired += (sender, e) => ((string)(object)e).ToString();
                dog.Start();
                Check.Comes(() => { lock (seen) { return seen.Count >= 9; } }, "nine reports");
            }
            Watchdog.HandlerException -= reporter;
            Check.That(seen.Contains(typeof(NullReferenceException)), "a null reference on a native thread");
            Check.That(seen.Contains(typeof(DivideByZeroException)), "a division by zero on a native thread");
            Check.That(seen.Contains(typeof(InvalidCastException)), "a bad cast");
        }

        private static void DisposedInside()
        {
            for (int round = 0; round < 50; round++)
            {
                int runs = 0;
                using (ManualResetEvent isDone = new ManualResetEvent(false))
                {
                    Watchdog dog = new Watchdog(Check.Ms(1), Check.Ms(1));
                    dog.Expired += (sender, e) =>
                    {
                        Interlocked.Increment(ref runs);
                        ((Watchdog)sender).Dispose();
                        Check.Disposed(dog.Feed, "Feed after Dispose");
                        isDone.Set();
                    };
                    try
                    {
                        dog.Start();
                    }
                    catch (ObjectDisposedException)
                    {
                        // So fast is it.
                    }
                    Check.That(isDone.WaitOne(Check.HangMs), "disposed");
                    Check.Equal(runs, 1, "runs");
                }
            }
        }

        private static void HandlersMayCallEverything()
        {
            int runs = 0;
            List<Exception> errors = new List<Exception>();
            using (WatchdogQueue queue = new WatchdogQueue(4), other = new WatchdogQueue(1))
            using (Watchdog dog = new Watchdog(Check.Ms(1), Check.Ms(1)))
            {
                dog.Expired += (sender, e) =>
                {
                    try
                    {
                        WatchdogEvent taken;
                        dog.Feed();
                        dog.Name = "inside";
                        Check.Equal(dog.Name, "inside", "the name");
                        dog.Pause();
                        dog.Resume();
                        dog.SetTimes(Check.Ms(1), Check.Ms(1));
                        Check.That(dog.Stop(), "stopped inside");
                        dog.Start();
                        Check.That(!dog.Check(), "just fed");
                        Check.That(!other.TryTake(out taken), "nothing there");
                        other.Wake();
                        Check.That(!other.Take(Timeout.InfiniteTimeSpan, out taken), "woken");
                        if (++runs == 3)
                        {
                            dog.SetQueue(queue, 5);
                        }
                    }
                    catch (Exception error)
                    {
                        lock (errors)
                        {
                            errors.Add(error);
                        }
                    }
                };
                dog.Start();
                WatchdogEvent last;
                while (!queue.Take(Check.Hang, out last) && errors.Count == 0)
                {
                }
                Check.That(errors.Count == 0, errors.Count > 0 ? errors[0].ToString() : "");
                Check.Equal(last.Tag, 5UL, "the tag");
                Check.Equal(runs, 3, "runs");
                dog.SetQueue(null);
                Check.Comes(() => runs > 3, "the event again");
            }
        }

        private static void Removed()
        {
            int first = 0, second = 0;
            EventHandler<WatchdogExpiredEventArgs> handler = (sender, e) => first++;
            using (Watchdog dog = new Watchdog(Check.Ms(1), TimeSpan.Zero))
            {
                dog.Expired += handler;
                Thread.Sleep(5);
                Check.That(dog.Check(), "expired");
                dog.Expired -= handler;
                Check.That(dog.Check(), "expired");
                dog.Expired += (sender, e) => second++;
                Check.That(dog.Check(), "expired");
                Check.Equal(first, 1, "runs of the first");
                Check.Equal(second, 1, "runs of the second");
            }
        }

        private static void NoneAfterDispose()
        {
            for (int round = 0; round < 200; round++)
            {
                int runs = 0;
                Watchdog dog = Fast((sender, e) => Interlocked.Increment(ref runs));
                if (round % 2 == 0)
                {
                    Check.Comes(() => runs > 0, "a run");
                }
                dog.Dispose();
                int before = runs;
                Thread.Yield();
                Check.Equal(runs, before, "runs after Dispose");
            }
        }

        private static void DisposeEndsWaits()
        {
            for (int round = 0; round < 20; round++)
            {
                Watchdog dog = new Watchdog(Check.Hang, Check.Hang);
                dog.Start();
                List<Thread> threads = new List<Thread>();
                foreach (Action wait in new Action[] { () => dog.Join(), () => dog.RunOnce(), () => dog.Join(Check.Hang) })
                {
                    Action one = wait;
                    threads.Add(Check.Started(() =>
                    {
                        try
                        {
                            one();
                        }
                        catch (ObjectDisposedException)
                        {
                            // It came first.
                        }
                    }));
                }
                Thread.Sleep(round % 5);
                Check.Started(dog.Dispose).Join();
                Check.Ended(threads);
            }
        }

        private static void CollectedMeanwhile()
        {
            const int dogs = 8;
            int runs = 0;
            List<Watchdog> all = new List<Watchdog>();
            for (int i = 0; i < dogs; i++)
            {
                all.Add(Fast((sender, e) =>
                {
                    byte[] garbage = new byte[1000];
                    if (Interlocked.Increment(ref runs) % 16 == 0)
                    {
                        GC.Collect();
                    }
                    GC.KeepAlive(garbage);
                }));
            }
            for (int i = 0; i < 60; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                all[i % dogs].Feed();
            }
            int before = runs;
            Check.Comes(() => runs > before + 100, "runs after collections");
            foreach (Watchdog dog in all)
            {
                dog.Dispose();
            }
        }

        private static void ComeAndGo()
        {
            List<Thread> threads = new List<Thread>();
            Exception failure = null;
            using (WatchdogQueue queue = new WatchdogQueue(16))
            using (Watchdog dog = Fast((sender, e) => { }))
            {
                int began = Environment.TickCount;
                for (int i = 0; i < 4; i++)
                {
                    int which = i;
                    threads.Add(Check.Started(() =>
                    {
                        try
                        {
                            while (unchecked(Environment.TickCount - began) < 300)
                            {
                                EventHandler<WatchdogExpiredEventArgs> handler = (sender, e) => dog.SetQueue(which % 2 == 0 ? queue : null);
                                dog.Expired += handler;
                                dog.SetQueue(which % 2 == 0 ? null : queue);
                                dog.Expired -= handler;
                            }
                        }
                        catch (Exception error)
                        {
                            failure = error;
                        }
                    }));
                }
                Check.Ended(threads);
                Check.That(failure == null, "" + failure);
                int runs = 0;
                dog.Stop(); // a handler that still runs may set the queue once more
                dog.SetQueue(null);
                dog.Expired += (sender, e) => runs++;
                dog.Start();
                Check.Comes(() => runs > 0, "the event in the end");
            }
        }
    }
}
