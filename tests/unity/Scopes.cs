using System;
using System.Threading;
using UnityEngine;
using UnityEngine.SceneManagement;

namespace LibWatchdog.Tests
{
    /// <summary>Work that may take long.</summary>
    internal static class Scopes
    {
        internal static void All()
        {
            Program.Test("a slow scope is no hang, and after it all is as before", Slow);
            Program.Test("a slow scope that outlasts its limit is a hang, told with its name", TooSlow);
            Program.Test("of several scopes the longest counts, whoever ends them", Nested);
            Program.Test("a scope that is opened before the watchdog counts", BeforeWatchdog);
            Program.Test("scopes of another thread end no hang", OtherThread);
            Program.Test("the start may take long, up to its limit", Start);
            Program.Test("a scene load that blocks is a slow scope by itself", SceneLoad);
            Program.Test("a scene load in the background is one until it is done", AsyncSceneLoad);
            Program.Test("a scene load that is refused leaves no scope", RefusedLoad);
            Program.Test("a scene load can be declared where it is not seen", DeclaredLoad);
            Program.Test("a declared load that never comes is given up", LostLoad);
            Program.Test("who else watches scene loads is left alone", OtherOverride);
        }

        private static void Slow()
        {
            Watched watched = new Watched(400).On();
            using (WatchdogSlowScope scope = WatchdogBehaviour.Slow("work", TimeSpan.FromSeconds(30)))
            {
                Check.Equal(scope.What + scope.Limit, "work00:00:30", "the scope");
                World.Hang(1000);
            }
            World.Frames(30);
            watched.Told(0);
            World.Hang(1000);
            World.Frames(30);
            watched.Told(1);
        }

        private static void TooSlow()
        {
            Watched watched = new Watched(200).On();
            using (WatchdogBehaviour.Slow("work", Check.Ms(600)))
            {
                World.Hang(1200);
            }
            World.Frames(30);
            watched.Told(1);
            Check.Between(watched.Hangs[0], 600, 1190, "noticed after");
            Check.Between(watched.Recoveries[0], 1200, 3000, "duration");
            Check.Equal(World.Logged("The main thread hangs in work: no Update for 0.6"), 1, "its name in the log");
        }

        private static void Nested()
        {
            Watched watched = new Watched(400).On();
            WatchdogSlowScope outer = WatchdogBehaviour.Slow("outer", TimeSpan.FromSeconds(30));
            WatchdogSlowScope inner = WatchdogBehaviour.Slow("inner", Check.Ms(100));
            World.Hang(800);
            inner.Dispose();
            World.Hang(800);
            Thread other = new Thread(outer.Dispose);
            other.Start();
            other.Join();
            outer.Dispose();
            inner.Dispose();
            World.Frames(30);
            watched.Told(0);
            using (WatchdogBehaviour.Slow("shorter than the timeout", Check.Ms(50)))
            {
                World.Hang(150);
            }
            World.Frames(30);
            watched.Told(0);
        }

        private static void BeforeWatchdog()
        {
            using (WatchdogBehaviour.Slow("work", TimeSpan.FromSeconds(30)))
            {
                Watched watched = new Watched(400).On();
                World.Hang(800);
                World.Frames(30);
                watched.Told(0);
            }
        }

        private static void OtherThread()
        {
            Watched watched = new Watched(400).On();
            Thread other = new Thread(() =>
            {
                for (int i = 0; i < 15; i++)
                {
                    using (WatchdogBehaviour.Slow("background", Check.Ms(420)))
                    {
                        Thread.Sleep(10);
                    }
                    Thread.Sleep(1000);
                }
            });
            other.IsBackground = true;
            other.Start();
            World.Hang(3500);
            World.Frames(30);
            // Its ends feed; but it is one hang, from frame to frame.
            watched.Told(1);
            Check.Between(watched.Recoveries[0], 3500, 6000, "duration");
        }

        private static void Start()
        {
            Watched watched = new Watched(300);
            watched.Dog.gameObject.SetActive(true);
            World.Hang(900);
            World.Frames(30);
            watched.Told(0);
            Engine.DestroyAll();
            watched = new Watched(300);
            watched.Dog.GetType().GetField("startSeconds", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic).SetValue(watched.Dog, 0.5f);
            watched.Dog.gameObject.SetActive(true);
            World.Hang(1000);
            World.Frames(30);
            watched.Told(1);
            Check.Equal(World.Logged("hangs in the start"), 1, "in the log");
        }

        private static void SceneLoad()
        {
            Watched watched = new Watched(400).On();
            Engine.Scenes["next"] = () => World.Hang(1000);
            SceneManager.LoadScene("next");
            World.Frames(50);
            watched.Told(0);
            Check.That(watched.Dog.IsWatching, "it has survived");
            Check.Equal(SlowScopes.Describe(), "", "open scopes");
            World.Hang(1000);
            World.Frames(30);
            watched.Told(1);
        }

        private static void AsyncSceneLoad()
        {
            Watched watched = new Watched(400).On();
            Engine.Scenes["next"] = () => World.Hang(1000);
            AsyncOperation load = SceneManager.LoadSceneAsync("next", LoadSceneMode.Additive);
            World.Frame();
            Check.Equal(SlowScopes.Describe(), " in load scene next", "open scopes");
            World.Frames(100);
            Check.That(load.isDone, "it is loaded");
            watched.Told(0);
            Check.Equal(SlowScopes.Describe(), "", "open scopes");
        }

        private static void RefusedLoad()
        {
            new Watched(400).On();
            Check.That(SceneManager.LoadSceneAsync("nowhere", LoadSceneMode.Single) == null, "it is refused");
            World.Frame();
            Check.Equal(SlowScopes.Describe(), "", "open scopes");
        }

        private static void DeclaredLoad()
        {
            Watched watched = new Watched(400).On();
            SceneManagerAPI.overrideAPI = null; // as before Unity 2021
            Engine.Scenes["next"] = () => World.Hang(1000);
            WatchdogBehaviour.SlowSceneLoad("next", TimeSpan.FromSeconds(30));
            SceneManager.LoadScene("next");
            World.Frames(50);
            watched.Told(0);
            Check.Equal(SlowScopes.Describe(), "", "open scopes");
            SceneManager.LoadScene("next");
            World.Frames(50);
            watched.Told(1);
        }

        private static void LostLoad()
        {
            new Watched(400).On();
            WatchdogBehaviour.SlowSceneLoad("nowhere", Check.Ms(500));
            World.Frames(50);
            Check.Equal(SlowScopes.Describe(), " in nowhere", "open scopes");
            World.Frames(700);
            Check.Equal(SlowScopes.Describe(), "", "open scopes");
        }

        private sealed class Other : SceneManagerAPI
        {
        }

        private static void OtherOverride()
        {
            Other other = new Other();
            SceneManagerAPI.overrideAPI = other;
            Watched watched = new Watched(400).On();
            Check.That(ReferenceEquals(SceneManagerAPI.overrideAPI, other), "it is there while somebody watches");
            WatchdogBehaviour.StopAll();
            Check.That(ReferenceEquals(SceneManagerAPI.overrideAPI, other), "it is there afterwards");
            SceneManagerAPI.overrideAPI = null;
            watched.Dog.enabled = false;
            watched.Dog.enabled = true;
            Check.That(SceneManagerAPI.overrideAPI != null, "ours");
            WatchdogBehaviour.StopAll();
            Check.That(SceneManagerAPI.overrideAPI == null, "ours is gone");
        }
    }
}
