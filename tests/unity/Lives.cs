using System;
using System.Collections.Generic;
using System.Threading;
using UnityEngine;
using UnityEngine.SceneManagement;

namespace LibWatchdog.Tests
{
    /// <summary>How watchdogs begin and end.</summary>
    internal static class Lives
    {
        internal static void All()
        {
            Program.Test("a watchdog watches from enabled to disabled, and again", EnableDisable);
            Program.Test("a watchdog that survives scene loads watches on, and stays the only one", Survives);
            Program.Test("one that does not goes with its scene, and the next scene's takes over", GoesWithItsScene);
            Program.Test("a watchdog below another object survives too", BelowAnother);
            Program.Test("one watches at a time, and a hang is told once", OneAtATime);
            Program.Test("the end of the application ends it", Quit);
            Program.Test("a handler that never returns keeps nobody longer than two seconds", StuckHandler);
            Program.Test("a handler may disable and destroy the watchdog", EndedByHandler);
            Program.Test("a thousand times enabled and disabled, nothing is left", Thousand);
            Program.Test("where the library refuses it says so, and harms nobody", QueuesGone);
        }

        internal static void SetSurvives(WatchdogBehaviour dog, bool value)
        {
            dog.GetType().GetField("survivesSceneLoads", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic).SetValue(dog, value);
        }

        private static void EnableDisable()
        {
            Watched watched = new Watched(500).On();
            Check.That(watched.Dog.IsWatching && WatchdogBehaviour.Active == watched.Dog, "it watches");
            Check.Equal(World.Reporters(), 1, "reporters");
            watched.Dog.enabled = false;
            Check.That(!watched.Dog.IsWatching && WatchdogBehaviour.Active == null, "it does not watch");
            Check.Equal(World.Reporters(), 0, "reporters");
            World.Hang(1000);
            World.Frames(30);
            watched.Told(0);
            watched.Dog.enabled = true;
            World.Frames(30);
            World.Hang(1000);
            World.Frames(30);
            watched.Told(1);
        }

        private static void Survives()
        {
            Watched watched = new Watched(60000).On();
            List<WatchdogBehaviour> made = new List<WatchdogBehaviour>();
            Engine.Scenes["next"] = () => made.Add(new GameObject("another").AddComponent<WatchdogBehaviour>());
            for (int i = 0; i < 5; i++)
            {
                SceneManager.LoadScene("next");
                World.Frames(20);
                Check.That(watched.Dog.IsWatching, "the first watches");
                Check.That(made[i] == null, "the other is gone");
            }
            Check.Equal(World.Reporters(), 1, "reporters");
        }

        private static void GoesWithItsScene()
        {
            Watched watched = new Watched(60000);
            SetSurvives(watched.Dog, false);
            watched.On();
            Watched next = null;
            Engine.Scenes["next"] = () =>
            {
                next = new Watched(60000);
                SetSurvives(next.Dog, false);
                next.Dog.gameObject.SetActive(true);
            };
            for (int i = 0; i < 3; i++)
            {
                Watched last = next ?? watched;
                SceneManager.LoadScene("next");
                World.Frames(20);
                Check.That(last.Dog == null && !last.Dog.IsWatching, "the last is gone");
                Check.That(next.Dog.IsWatching, "the next watches");
            }
            Check.Equal(World.Reporters(), 1, "reporters");
        }

        private static void BelowAnother()
        {
            Watched watched = new Watched(60000);
            watched.Dog.transform.SetParent(new GameObject("parent").transform, true);
            watched.On();
            Engine.Scenes["next"] = () => { };
            SceneManager.LoadScene("next");
            World.Frames(20);
            Check.That(watched.Dog.IsWatching, "it watches");
            Check.Equal(World.Logged("DontDestroyOnLoad"), 0, "warnings");
        }

        private static void OneAtATime()
        {
            Watched first = new Watched(400);
            SetSurvives(first.Dog, false);
            first.On();
            Watched second = new Watched(400);
            SetSurvives(second.Dog, false);
            second.On();
            World.Hang(900);
            World.Frames(30);
            first.Told(1);
            second.Told(0);
            UnityEngine.Object.DestroyImmediate(first.Dog.gameObject);
            World.Frames(30);
            World.Hang(900);
            World.Frames(30);
            first.Told(1);
            second.Told(1);
        }

        private static void Quit()
        {
            Watched watched = new Watched(60000).On();
            Engine.Quit();
            Check.That(!watched.Dog.IsWatching, "it does not watch");
            Check.Equal(World.Reporters(), 0, "reporters");
            Check.That(SceneManagerAPI.overrideAPI == null, "Unity is as it was");
        }

        private static void StuckHandler()
        {
            Watched watched = new Watched(300);
            ManualResetEvent end = new ManualResetEvent(false);
            watched.Dog.HangDetected += unfed => end.WaitOne();
            watched.On();
            World.Hang(700);
            World.Frames(30);
            Check.Equal(watched.Hangs.Count, 1, "told on the main thread all the same");
            int began = Environment.TickCount;
            watched.Dog.enabled = false;
            int took = unchecked(Environment.TickCount - began);
            Check.That(took < 5000, "it took " + took + " ms");
            Check.Equal(World.Logged("has not returned"), 1, "told");
            end.Set();
            for (int i = 0; i < 1000 && World.Reporters() > 0; i++)
            {
                Thread.Sleep(5);
            }
        }

        private static void EndedByHandler()
        {
            Watched watched = new Watched(300);
            watched.Dog.Hang += unfed => watched.Dog.enabled = false;
            watched.On();
            World.Hang(700);
            World.Frames(30);
            watched.Told(1);
            Check.That(!watched.Dog.IsWatching, "it does not watch");
            watched.Dog.Recovered += duration => UnityEngine.Object.DestroyImmediate(watched.Dog.gameObject);
            watched.Dog.enabled = true;
            World.Frames(30);
            World.Hang(700);
            World.Frames(30);
            Check.That(watched.Dog == null, "it is gone");
        }

        private static void Thousand()
        {
            Watched watched = new Watched(10).On();
            for (int i = 0; i < 1000; i++)
            {
                watched.Dog.enabled = false;
                watched.Dog.enabled = true;
                if (i % 50 == 0)
                {
                    World.Hang(15);
                }
                World.Frame();
            }
            World.Hang(50); // the last has got its name
            Check.Equal(World.Reporters(), 1, "reporters");
        }

        private static void QueuesGone()
        {
            // As near as one gets with the library loaded: it refuses to make one more queue.
            List<WatchdogQueue> all = new List<WatchdogQueue>();
            try
            {
                for (;;)
                {
                    all.Add(new WatchdogQueue(1));
                }
            }
            catch (WatchdogException)
            {
                // No more.
            }
            Watched watched = new Watched(300).On();
            Check.That(!watched.Dog.IsWatching, "it does not watch");
            Check.Equal(World.Logged("error: [watchdog] Nothing is watched"), 1, "said once");
            World.Hang(600);
            World.Frames(30);
            watched.Told(0);
            foreach (WatchdogQueue queue in all)
            {
                queue.Dispose();
            }
            watched.Dog.enabled = false;
            watched.Dog.enabled = true;
            Check.That(watched.Dog.IsWatching, "now it does");
        }
    }
}
