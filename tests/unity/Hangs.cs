using System;
using System.Collections.Generic;
using System.Threading;
using UnityEngine;

namespace LibWatchdog.Tests
{
    /// <summary>What is told of a hang, by whom and how often.</summary>
    internal static class Hangs
    {
        internal static void All()
        {
            Program.Test("without a line of code, a hang is written to the log while it lasts", NoCode);
            Program.Test("a hang is told once on the main thread, its end with how long it was", Told);
            Program.Test("a hang is told by another thread while it lasts", AtOnce);
            Program.Test("one hang of many timeouts is one hang, two are two", OncePerEpisode);
            Program.Test("without the reporter a hang is told when it is over", WithoutReporter);
            Program.Test("events of scenes carry seconds", SceneEvents);
            Program.Test("what a handler throws is logged, and the others are told", Throwing);
            Program.Test("frames in time are no hang, whatever the time scale", TimeScale);
            Program.Test("a timeout that is changed is in force at once", ChangedTimeout);
            Program.Test("times out of range are refused, and those of a scene put right", Ranges);
            Program.Test("a frame allocates nothing", FramesAllocateNothing);
            Program.Test("an update costs less than 50 µs", UpdatesAreCheap);
        }

        private static void NoCode()
        {
            new GameObject("watchdog").AddComponent<WatchdogBehaviour>().Timeout = Check.Ms(400);
            World.Frames(30);
            World.Hang(1000);
            Check.Equal(World.Logged("error: [watchdog] The main thread hangs"), 1, "told while it hangs");
            World.Frames(30);
            Check.Equal(World.Logged("warning: [watchdog] The main thread has hung for 1."), 1, "told afterwards");
            Check.Equal(World.Log().Count, 2, "lines");
        }

        private static void Told()
        {
            Watched watched = new Watched(400).On();
            World.Hang(1000);
            Check.Equal(watched.Hangs.Count, 0, "hangs told on the main thread while it hangs");
            World.Frames(50);
            watched.Told(1);
            Check.Between(watched.Hangs[0], 400, 999, "noticed after");
            Check.Between(watched.Recoveries[0], 1000, 3000, "duration");
            foreach (int thread in watched.Threads)
            {
                Check.Equal(thread, Thread.CurrentThread.ManagedThreadId, "the thread of an event");
            }
        }

        private static void AtOnce()
        {
            Watched watched = new Watched(400).On();
            World.Hang(1000);
            Check.Equal(watched.Detected, 1, "hangs that were detected while it hangs");
            Check.That(watched.DetectionThread != Thread.CurrentThread.ManagedThreadId, "by another thread");
            World.Frames(30);
            watched.Told(1);
        }

        private static void OncePerEpisode()
        {
            Watched watched = new Watched(300).On();
            World.Hang(2000);
            World.Frames(50);
            watched.Told(1);
            World.Hang(800);
            World.Frames(50);
            watched.Told(2);
            Check.Between(watched.Recoveries[1], 800, 1900, "duration of the second");
        }

        private static void WithoutReporter()
        {
            Watched watched = new Watched(300);
            watched.Dog.ReportsAtOnce = false;
            watched.On();
            Check.Equal(World.Reporters(), 0, "reporters");
            World.Hang(800);
            World.Frames(30);
            Check.Equal(watched.Detected, 0, "detections");
            Check.Equal(watched.Hangs.Count, 1, "hangs");
            Check.Between(watched.Recoveries[0], 800, 3000, "duration");
        }

        private static void SceneEvents()
        {
            Watched watched = new Watched(300);
            List<float> seconds = new List<float>();
            watched.Dog.OnHang.AddListener(seconds.Add);
            watched.Dog.OnRecovered.AddListener(seconds.Add);
            watched.On();
            World.Hang(800);
            World.Frames(30);
            Check.Equal(seconds.Count, 2, "events");
            Check.That(seconds[0] >= 0.3f && seconds[0] < 0.8f, "noticed after " + seconds[0]);
            Check.That(seconds[1] >= 0.8f && seconds[1] < 3f, "duration " + seconds[1]);
        }

        private static void Throwing()
        {
            Watched watched = new Watched(300);
            watched.Dog.HangDetected += unfed => throw new InvalidOperationException("one");
            watched.Dog.Hang += unfed => throw new InvalidOperationException("two");
            watched.Dog.OnHang.AddListener(unfed => throw new InvalidOperationException("three"));
            watched.Dog.Recovered += unfed => throw new InvalidOperationException("four");
            watched.On();
            for (int i = 1; i <= 2; i++)
            {
                World.Hang(800);
                World.Frames(30);
                watched.Told(i);
                foreach (string word in new[] { "one", "two", "three", "four" })
                {
                    Check.Equal(World.Logged("exception: " + word), i, word);
                }
            }
        }

        private static void TimeScale()
        {
            Watched watched = new Watched(1000).On();
            foreach (float scale in new[] { 0f, 100f, 1f })
            {
                Time.timeScale = scale;
                World.Frames(1300);
            }
            watched.Told(0);
            Time.timeScale = 0f;
            World.Hang(1500);
            World.Frames(30);
            watched.Told(1);
        }

        private static void ChangedTimeout()
        {
            Watched watched = new Watched(60000).On();
            World.Hang(700);
            watched.Dog.Timeout = Check.Ms(300);
            Check.Equal(watched.Detected, 0, "the shorter one counts from now");
            World.Hang(800);
            World.Frames(30);
            watched.Told(1);
            watched.Dog.Timeout = TimeSpan.FromSeconds(60);
            World.Hang(700);
            World.Frames(30);
            watched.Told(1);
        }

        private static void Ranges()
        {
            WatchdogBehaviour dog = new GameObject("watchdog").AddComponent<WatchdogBehaviour>();
            foreach (TimeSpan bad in new[] { TimeSpan.Zero, TimeSpan.FromSeconds(-1), Check.Ms(9), TimeSpan.FromDays(2), TimeSpan.MaxValue })
            {
                Refused(() => dog.Timeout = bad);
                Refused(() => dog.SceneLoadTimeout = bad);
                Refused(() => WatchdogBehaviour.Slow("bad", bad));
                Refused(() => WatchdogBehaviour.SlowSceneLoad("bad", bad));
            }
            dog.Timeout = Check.Ms(10);
            dog.Timeout = TimeSpan.FromDays(1);
            Check.Equal(dog.Timeout, TimeSpan.FromDays(1), "a good one");
            foreach (float bad in new[] { 0f, -5f, float.NaN, float.NegativeInfinity, float.PositiveInfinity, 1e30f })
            {
                dog.GetType().GetField("timeoutSeconds", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic).SetValue(dog, bad);
                Check.That(dog.Timeout >= Check.Ms(10) && dog.Timeout <= TimeSpan.FromDays(1), "put right: " + bad);
                Engine.Send(dog, "OnValidate");
                Check.That(dog.IsWatching, "it watches");
            }
        }

        private static void Refused(Action action)
        {
            try
            {
                action();
            }
            catch (ArgumentOutOfRangeException)
            {
                return;
            }
            throw new FailedException("failed: it is not refused");
        }

        private static void FramesAllocateNothing()
        {
            Watched watched = new Watched(60000).On();
            MainThreadMonitor monitor = (MainThreadMonitor)watched.Dog.GetType().GetField(
                "monitor", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic).GetValue(watched.Dog);
            TimeSpan unfed, duration;
            monitor.Tick(out unfed, out duration);
            SceneLoads.Tick();
            int collections = GC.CollectionCount(0);
            for (int i = 0; i < 500000; i++)
            {
                monitor.Tick(out unfed, out duration);
                SceneLoads.Tick();
            }
            Check.That(GC.CollectionCount(0) - collections <= 1, "no collections");
        }

        private static void UpdatesAreCheap()
        {
            Watched watched = new Watched(60000).On();
            Action update = (Action)Delegate.CreateDelegate(typeof(Action), watched.Dog, "Update");
            System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
            for (int i = 0; i < 20000; i++)
            {
                update();
            }
            double us = clock.Elapsed.TotalMilliseconds * 1000 / 20000;
            Console.WriteLine("# an update costs {0:0.00} µs", us);
            Check.That(us < 50, "it costs " + us + " µs");
        }
    }
}
