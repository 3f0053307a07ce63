using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using UnityEngine;
using UnityEngine.SceneManagement;

namespace LibWatchdog.Tests
{
    /// <summary>
    /// Runs all tests against the pretend player, or some groups, or `--domains NAME` and `--child NAME`, which
    /// run.sh judges. Prints "ok - …" and "not ok - …", and the numbers last.
    /// </summary>
    internal static class Program
    {
        private const int HangMs = 60000;
        private static int passed, failed;

        private static int Main(string[] arguments)
        {
            if (arguments.Length == 2 && arguments[0] == "--domains")
            {
                return Domains.Run(arguments[1]);
            }
            if (arguments.Length == 2 && arguments[0] == "--child")
            {
                return Children.Run(arguments[1]);
            }
            foreach (string group in arguments.Length > 0 ? arguments : new[] { "hangs", "pauses", "scopes", "lives", "editor", "package" })
            {
                Run(group);
            }
            Console.WriteLine("{0} passed, {1} failed, 0 skipped", passed, failed);
            return failed == 0 ? 0 : 1;
        }

        private static void Run(string group)
        {
            switch (group)
            {
                case "hangs":
                    Hangs.All();
                    break;
                case "pauses":
                    Pauses.All();
                    break;
                case "scopes":
                    Scopes.All();
                    break;
                case "lives":
                    Lives.All();
                    break;
                case "editor":
                    InEditor.All();
                    break;
                case "package":
                    PackageTests.All();
                    break;
                default:
                    throw new ArgumentException(group);
            }
        }

        /// <summary>Runs one test in a new world, which may not hang, and after which nothing of
        /// the package's runs.</summary>
        internal static void Test(string name, Action test)
        {
            using (Timer guard = new Timer(Hung, name, HangMs, Timeout.Infinite))
            {
                try
                {
                    World.Begin();
                    test();
                    World.End();
                    passed++;
                    Console.WriteLine("ok - {0}", name);
                }
                catch (Exception error)
                {
                    failed++;
                    Console.WriteLine("not ok - {0}", name);
                    Console.WriteLine("  {0}", error);
                    foreach (string line in World.Log())
                    {
                        Console.WriteLine("  | {0}", line);
                    }
                }
                GC.KeepAlive(guard);
            }
        }

        private static void Hung(object name)
        {
            Console.WriteLine("not ok - {0}: hangs", name);
            Console.Out.Flush();
            System.Diagnostics.Process.GetCurrentProcess().Kill();
        }
    }

    [Serializable]
    internal sealed class FailedException : Exception
    {
        // For those that come out of another application domain.
        private FailedException(System.Runtime.Serialization.SerializationInfo info, System.Runtime.Serialization.StreamingContext context)
            : base(info, context)
        {
        }

        internal FailedException(string message) : base(message)
        {
        }
    }

    internal static class Check
    {
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

        internal static void Between(TimeSpan got, int least, int most, string what)
        {
            That(got >= Ms(least) && got <= Ms(most),
                what + " is " + got.TotalMilliseconds + " ms, expected " + least + " to " + most);
        }

        internal static TimeSpan Ms(double ms)
        {
            return TimeSpan.FromTicks((long)(ms * TimeSpan.TicksPerMillisecond));
        }
    }

    /// <summary>What a test sees of the pretend player.</summary>
    internal static class World
    {
        internal static void Begin()
        {
            Engine.DestroyAll();
            WatchdogBehaviour.StopAll();
            WatchdogBehaviour.SetEditorPaused(false);
            Engine.Scenes.Clear();
            lock (Debug.Lines)
            {
                Debug.Lines.Clear();
            }
            Time.timeScale = 1f;
            Application.runInBackground = false;
            SceneManagerAPI.overrideAPI = null;
            Debuggers.IsManagedAttached = () => false;
            Debuggers.IsNativeAttached = () => false;
        }

        internal static void End()
        {
            Engine.DestroyAll();
            Check.That(WatchdogBehaviour.Active == null, "nobody watches at the end");
            Check.Equal(Reporters(), 0, "reporters at the end");
        }

        /// <summary>Frames for so long.</summary>
        internal static void Frames(int ms)
        {
            int began = Environment.TickCount;
            do
            {
                Engine.Frame();
                Thread.Sleep(5);
            }
            while (unchecked(Environment.TickCount - began) < ms);
        }

        internal static void Frame()
        {
            Engine.Frame();
        }

        /// <summary>A hang of the main thread, which is the one that runs the tests.</summary>
        internal static void Hang(int ms)
        {
            Thread.Sleep(ms);
        }

        internal static List<string> Log()
        {
            lock (Debug.Lines)
            {
                return Debug.Lines.ConvertAll(line => line.Key);
            }
        }

        internal static int Logged(string part)
        {
            return Log().FindAll(line => line.Contains(part)).Count;
        }

        /// <summary>The threads that report hangs, as the system sees them.</summary>
        internal static int Reporters()
        {
            int count = 0;
            foreach (string task in Directory.GetDirectories("/proc/self/task"))
            {
                try
                {
                    count += File.ReadAllText(task + "/comm").Trim() == "watchdog events" ? 1 : 0;
                }
                catch (IOException)
                {
                    // It has just ended.
                }
            }
            return count;
        }
    }

    /// <summary>A watchdog, and what it has told.</summary>
    internal sealed class Watched
    {
        internal readonly WatchdogBehaviour Dog;
        internal readonly List<TimeSpan> Hangs = new List<TimeSpan>();
        internal readonly List<TimeSpan> Recoveries = new List<TimeSpan>();
        internal readonly List<TimeSpan> Detections = new List<TimeSpan>();
        internal readonly List<int> Threads = new List<int>();
        internal int DetectionThread;

        internal Watched(int timeoutMs)
        {
            GameObject holder = new GameObject("watched");
            holder.SetActive(false);
            Dog = holder.AddComponent<WatchdogBehaviour>();
            Dog.Timeout = Check.Ms(timeoutMs);
            Dog.Hang += unfed =>
            {
                Hangs.Add(unfed);
                Threads.Add(Thread.CurrentThread.ManagedThreadId);
            };
            Dog.Recovered += duration =>
            {
                Recoveries.Add(duration);
                Threads.Add(Thread.CurrentThread.ManagedThreadId);
            };
            Dog.HangDetected += unfed =>
            {
                lock (Detections)
                {
                    Detections.Add(unfed);
                }
                DetectionThread = Thread.CurrentThread.ManagedThreadId;
            };
        }

        /// <summary>Begins to watch, and runs the first frames.</summary>
        internal Watched On()
        {
            Dog.gameObject.SetActive(true);
            World.Frames(30);
            return this;
        }

        internal int Detected
        {
            get
            {
                lock (Detections)
                {
                    return Detections.Count;
                }
            }
        }

        internal void Told(int times)
        {
            Check.Equal(Detected, times, "hangs that were detected");
            Check.Equal(Hangs.Count, times, "hangs");
            Check.Equal(Recoveries.Count, times, "recoveries");
        }
    }
}
