using System;
using System.Collections.Generic;
using System.Threading;

namespace LibWatchdog.Tests
{
    /// <summary>
    /// Runs all tests, or `--child NAME`: a scenario that ends the process, for run.sh to
    /// judge. `--domains NAME` are those that need Mono's application domains. Prints "ok - …"
    /// and "not ok - …", and the numbers last.
    /// </summary>
    internal static class Program
    {
        private static string prefix = "";
        private static int passed, failed;

        private static int Main(string[] arguments)
        {
            if (arguments.Length == 2 && arguments[0] == "--child")
            {
                return Children.Run(arguments[1]);
            }
            if (arguments.Length == 2 && arguments[0] == "--domains")
            {
                return Domains.Run(arguments[1]);
            }
            prefix = arguments.Length > 0 ? arguments[0] + ": " : "";
            Basics.All();
            Handlers.All();
            Queues.All();
            Lives.All();
            Bindings.All();
            Console.WriteLine("{0} passed, {1} failed, 0 skipped", passed, failed);
            return failed == 0 ? 0 : 1;
        }

        /// <summary>Runs one test, which may not hang.</summary>
        internal static void Test(string name, Action test)
        {
            // Where it hangs nobody can end the thread; so the process goes.
            using (Timer guard = new Timer(Hangs, name, Check.HangMs, Timeout.Infinite))
            {
                try
                {
                    test();
                    passed++;
                    Console.WriteLine("ok - {0}{1}", prefix, name);
                }
                catch (Exception error)
                {
                    failed++;
                    Console.WriteLine("not ok - {0}{1}", prefix, name);
                    Console.WriteLine("  {0}", error);
                }
                GC.KeepAlive(guard);
            }
        }

        private static void Hangs(object name)
        {
            Console.WriteLine("not ok - {0}{1}: hangs", prefix, name);
            Console.Out.Flush();
            Environment.FailFast("hangs");
        }
    }

    internal sealed class FailedException : Exception
    {
        internal FailedException(string message) : base(message)
        {
        }
    }

    internal static class Check
    {
        /// <summary>Long enough for any machine that has not hung.</summary>
        internal const int HangMs = 60000;

        internal static readonly TimeSpan Hang = TimeSpan.FromMilliseconds(HangMs);

        internal static void That(bool isSo, string what)
        {
            if (!isSo)
            {
                throw new FailedException("failed: " + what);
            }
        }

        internal static void Equal<T>(T got, T wanted, string what)
        {
            if (!Equals(got, wanted))
            {
                throw new FailedException("failed: " + what + " is " + got + ", expected " + wanted);
            }
        }

        internal static void Contains(string text, string part)
        {
            That(text.Contains(part), "\"" + text + "\" contains \"" + part + "\"");
        }

        /// <summary>Waits, as long as it takes on a slow machine.</summary>
        internal static void Comes(Func<bool> isSo, string what)
        {
            int began = Environment.TickCount;
            while (!isSo())
            {
                That(unchecked(Environment.TickCount - began) < HangMs / 2, "waited in vain for " + what);
                Thread.Sleep(1);
            }
        }

        /// <summary>It took that long, or longer. The tick count would not tell: it goes in steps
        /// of 16 ms, under Wine on a busy machine in longer ones. Stopwatch is in System.dll, which
        /// is not compiled ahead of time here.</summary>
        internal static void NotBefore(DateTime began, int ms)
        {
            double took = (DateTime.UtcNow - began).TotalMilliseconds;
            That(took >= ms - 1, "it took at least " + ms + " ms (it took " + took + ")");
        }

        internal static T Throws<T>(Action action, string what) where T : Exception
        {
            try
            {
                action();
            }
            catch (T expected)
            {
                return expected;
            }
            catch (Exception other)
            {
                throw new FailedException("failed: " + what + " has thrown " + other);
            }
            throw new FailedException("failed: " + what + " has thrown nothing");
        }

        internal static void Disposed(Action action, string what)
        {
            Throws<ObjectDisposedException>(action, what);
        }

        internal static WatchdogException Refused(Action action, WatchdogStatus status, string what)
        {
            WatchdogException error = Throws<WatchdogException>(action, what);
            Equal(error.Status, status, "the status of " + what);
            That(error.Message.Length > 0, "words for " + what);
            return error;
        }

        internal static TimeSpan Ms(double ms)
        {
            return TimeSpan.FromTicks((long)(ms * TimeSpan.TicksPerMillisecond));
        }

        /// <summary>Joins threads that must end.</summary>
        internal static void Ended(IEnumerable<Thread> threads)
        {
            foreach (Thread thread in threads)
            {
                That(thread.Join(HangMs / 2), "a thread ends");
            }
        }

        internal static Thread Started(ThreadStart body)
        {
            Thread thread = new Thread(body) { IsBackground = true };
            thread.Start();
            return thread;
        }
    }
}
