using System;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading;
using UnityEditor;
using UnityEngine;

namespace LibWatchdog.Tests
{
    /// <summary>The editor: play mode, with and without domain reload. What is reloaded really
    /// stands in Domains.</summary>
    internal static class InEditor
    {
        internal static void All()
        {
            Load();
            Program.Test("200 times play mode with domain reload off, and nothing is left", PlayModes);
            Program.Test("statics of the last play mode are reset in the next", Statics);
            Program.Test("play mode that is paused does not hang", EditorPause);
            Program.Test("the editor's end ends it", EditorQuits);
            Program.Test("a reload ends it, its watchdogs and those of the project", Reload);
            Program.Test("the menu makes a watchdog", Menu);
        }

        /// <summary>InitializeOnLoad.</summary>
        internal static void Load()
        {
            foreach (Type type in Assembly.Load("LibWatchdog.Editor").GetTypes())
            {
                if (type.GetCustomAttributes(typeof(InitializeOnLoadAttribute), false).Length > 0)
                {
                    RuntimeHelpers.RunClassConstructor(type.TypeHandle);
                }
            }
        }

        internal static Watched Play(int timeoutMs)
        {
            EditorApplication.RaisePlayMode(PlayModeStateChange.ExitingEditMode);
            Engine.Initialize(typeof(WatchdogBehaviour).Assembly, RuntimeInitializeLoadType.SubsystemRegistration);
            Watched watched = new Watched(timeoutMs);
            watched.Dog.gameObject.SetActive(true);
            EditorApplication.RaisePlayMode(PlayModeStateChange.EnteredPlayMode);
            return watched;
        }

        private static void StopPlaying(bool areObjectsDestroyed)
        {
            EditorApplication.RaisePlayMode(PlayModeStateChange.ExitingPlayMode);
            Engine.Frame(); // there may be one more
            if (areObjectsDestroyed)
            {
                Engine.Quit();
            }
            EditorApplication.RaisePlayMode(PlayModeStateChange.EnteredEditMode);
        }

        private static void PlayModes()
        {
            for (int i = 0; i < 200; i++)
            {
                Watched watched = Play(10);
                Check.That(watched.Dog.IsWatching, "it watches");
                World.Frame();
                if (i % 10 == 0)
                {
                    World.Hang(30);
                    World.Frame();
                }
                WatchdogBehaviour.Slow("never ended", TimeSpan.FromSeconds(5));
                // Some are lost without a word, as in a play mode that ends by an error.
                StopPlaying(i % 3 != 0);
                Check.That(!watched.Dog.IsWatching, "it does not watch");
                Check.Equal(World.Reporters(), 0, "reporters");
                Check.Equal(SlowScopes.Describe(), "", "open scopes");
            }
        }

        private static void Statics()
        {
            Watched old = Play(60000);
            WatchdogBehaviour.Slow("never ended", TimeSpan.FromSeconds(5));
            WatchdogBehaviour.SlowSceneLoad("never comes", TimeSpan.FromSeconds(5));
            // Nothing is told of the end: the next play mode has to clean up.
            Engine.Initialize(typeof(WatchdogBehaviour).Assembly, RuntimeInitializeLoadType.SubsystemRegistration);
            Check.That(!old.Dog.IsWatching, "the old one has ended");
            Check.Equal(World.Reporters(), 0, "reporters");
            Check.Equal(SlowScopes.Describe(), "", "open scopes");
            Watched next = Play(60000);
            Check.That(next.Dog.IsWatching && WatchdogBehaviour.Active == next.Dog, "the next watches");
            World.Frame();
            Check.That(next.Dog != null, "and is taken for no second one");
        }

        private static void EditorPause()
        {
            Watched watched = Play(500);
            World.Frames(30);
            EditorApplication.RaisePaused(true);
            Check.That(watched.Dog.IsPaused, "paused");
            World.Hang(1200);
            World.Frame(); // a single step
            World.Hang(1000);
            EditorApplication.RaisePaused(false);
            World.Frames(50);
            watched.Told(0);
            World.Hang(1000);
            World.Frames(30);
            watched.Told(1);
        }

        private static void EditorQuits()
        {
            Watched watched = Play(60000);
            EditorApplication.RaiseQuitting();
            Check.That(!watched.Dog.IsWatching, "it does not watch");
            Check.Equal(World.Reporters(), 0, "reporters");
        }

        private static void Reload()
        {
            Watched watched = Play(20);
            int runs = 0;
            using (Watchdog own = new Watchdog(Check.Ms(1), Check.Ms(1)))
            {
                own.Expired += (sender, e) => Interlocked.Increment(ref runs);
                own.Start();
                World.Hang(60);
                AssemblyReloadEvents.RaiseBefore();
                int before = runs;
                Check.That(before > 0, "it has run");
                Check.That(!watched.Dog.IsWatching && !own.IsRunning, "all have ended");
                World.Hang(50);
                Check.Equal(runs, before, "runs");
                Check.Equal(World.Reporters(), 0, "reporters");
            }
        }

        private static void Menu()
        {
            Type editor = Assembly.Load("LibWatchdog.Editor").GetType("LibWatchdog.EditorSupport.WatchdogEditor");
            editor.GetMethod("Create", BindingFlags.Static | BindingFlags.NonPublic).Invoke(null, new object[] { new MenuCommand() });
            GameObject made = (GameObject)Selection.activeObject;
            Check.That(made.GetComponent<WatchdogBehaviour>().IsWatching, "it watches");
        }
    }
}
