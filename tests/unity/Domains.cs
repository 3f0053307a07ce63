using System;
using System.Threading;
using UnityEditor;
using UnityEngine;

namespace LibWatchdog.Tests
{
    /// <summary>
    /// Domain reloads as the editor does them, with real application domains: unloaded and loaded
    /// again, many times, while a watchdog runs and expires.
    /// </summary>
    internal static class Domains
    {
        internal const int Good = 7;

        internal static int Run(string scenario)
        {
            int slowest = 0, times = scenario == "announced" ? 100 : 40;
            for (int i = 0; i < times; i++)
            {
                AppDomain domain = AppDomain.CreateDomain("scripts " + i);
                Scripts scripts = (Scripts)domain.CreateInstanceAndUnwrap(
                    typeof(Scripts).Assembly.FullName, typeof(Scripts).FullName);
                scripts.Play(i);
                int began = Environment.TickCount;
                scripts.BeforeReload(scenario);
                AppDomain.Unload(domain);
                slowest = Math.Max(slowest, unchecked(Environment.TickCount - began));
                Check.Equal(World.Reporters(), 0, "reporters after reload " + i);
            }
            Console.WriteLine("{0} reloads, the slowest took {1} ms", times, slowest);
            return slowest < 10000 ? Good : 1;
        }

        internal sealed class Scripts : MarshalByRefObject
        {
            private Watched watched;

            /// <summary>Returns while the main thread hangs: about to expire, just expired, or
            /// long ago.</summary>
            public void Play(int round)
            {
                InEditor.Load();
                World.Begin();
                watched = InEditor.Play(10);
                if (round % 2 == 1)
                {
                    watched.Dog.HangDetected += unfed => Thread.Sleep(20);
                }
                World.Frame();
                World.Hang(30);
                for (int i = 0; i < 1000 && watched.Hangs.Count == 0; i++)
                {
                    World.Frame();
                    World.Hang(5);
                }
                Check.That(watched.Hangs.Count > 0, "it has expired");
                World.Hang(round % 16);
            }

            public void BeforeReload(string scenario)
            {
                if (scenario != "unannounced")
                {
                    AssemblyReloadEvents.RaiseBefore();
                }
            }
        }
    }

    /// <summary>Processes that end by themselves.</summary>
    internal static class Children
    {
        internal static int Run(string scenario)
        {
            World.Begin();
            if (scenario == "missing")
            {
                return Missing();
            }
            Watched watched = new Watched(10).On();
            World.Hang(50);
            World.Frame();
            World.Hang(50);
            if (watched.Detected == 0)
            {
                return 1;
            }
            switch (scenario)
            {
                case "return":
                    return Domains.Good; // nothing is told of the end
                case "exit":
                    Environment.Exit(Domains.Good);
                    return 1;
                case "quit":
                    Engine.Quit();
                    return Domains.Good;
                default:
                    return 2;
            }
        }

        private static int Missing()
        {
            InEditor.Load();
            Watched watched = InEditor.Play(10);
            World.Hang(30);
            World.Frames(30);
            using (WatchdogBehaviour.Slow("work", TimeSpan.FromSeconds(5)))
            {
                World.Frame();
            }
            AssemblyReloadEvents.RaiseBefore();
            Engine.Quit();
            Check.That(!watched.Dog.IsWatching, "it does not watch");
            Check.Equal(World.Logged("no native library for this platform"), 1, "said once");
            Check.Equal(World.Log().Count, 1, "lines");
            return 0;
        }
    }
}
