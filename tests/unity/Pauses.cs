using System;
using UnityEngine;

namespace LibWatchdog.Tests
{
    /// <summary>When silence is no hang.</summary>
    internal static class Pauses
    {
        internal static void All()
        {
            Program.Test("an application that is paused does not hang", ApplicationPause);
            Program.Test("one without focus does not hang, unless it runs in background", Focus);
            Program.Test("pause and focus in any order: it watches when both have ended", PauseAndFocus);
            Program.Test("a hang before a pause is told after it", HangBeforePause);
            Program.Test("under a managed debugger nothing is a hang, afterwards it is", ManagedDebugger);
            Program.Test("what a debugger has broken, managed or native, is not told", Breaks);
            Program.Test("under a debugger hangs are told if that is asked for", DebuggerIgnored);
            Program.Test("no debugger is seen where there is none", NoDebugger);
            Program.Test("what waits for its turn knows of pauses", StandbyPauses);
        }

        private static void ApplicationPause()
        {
            Watched watched = new Watched(500).On();
            Engine.Pause(true);
            Check.That(watched.Dog.IsPaused, "paused");
            World.Hang(1200);
            Engine.Pause(false);
            Check.That(!watched.Dog.IsPaused, "not paused");
            World.Frames(50);
            watched.Told(0);
            World.Hang(1000);
            World.Frames(50);
            watched.Told(1);
        }

        private static void Focus()
        {
            Watched watched = new Watched(500).On();
            Engine.Focus(false);
            World.Hang(1200);
            Engine.Focus(true);
            World.Frames(50);
            watched.Told(0);
            Application.runInBackground = true;
            Engine.Focus(false);
            Check.That(!watched.Dog.IsPaused, "not paused in background");
            World.Hang(1000);
            World.Frames(50);
            watched.Told(1);
        }

        private static void PauseAndFocus()
        {
            Watched watched = new Watched(60000).On();
            Engine.Focus(false);
            Engine.Pause(true);
            Engine.Pause(true);
            Engine.Focus(true);
            Check.That(watched.Dog.IsPaused, "paused, though it has focus");
            Engine.Pause(false);
            Check.That(!watched.Dog.IsPaused, "neither");
            Engine.Pause(true);
            Engine.Focus(false);
            Engine.Pause(false);
            Check.That(watched.Dog.IsPaused, "no focus, though not paused");
            Engine.Focus(true);
            Engine.Focus(true);
            Check.That(!watched.Dog.IsPaused, "neither, once more");
        }

        private static void HangBeforePause()
        {
            foreach (bool reports in new[] { true, false })
            {
                Watched watched = new Watched(400);
                watched.Dog.ReportsAtOnce = reports;
                watched.On();
                World.Hang(1000);
                Engine.Pause(true);
                World.Hang(700);
                Engine.Pause(false);
                World.Frames(50);
                Check.Equal(watched.Hangs.Count, 1, "hangs");
                Check.Between(watched.Recoveries[0], 1000, 1600, "its duration, without the pause,");
                Engine.DestroyAll();
            }
        }

        private static void ManagedDebugger()
        {
            bool isAttached = false;
            Debuggers.IsManagedAttached = () => isAttached;
            Watched watched = new Watched(500).On();
            isAttached = true;
            World.Frames(30);
            Check.That(watched.Dog.IsPaused, "paused");
            World.Hang(1200);
            World.Frames(30);
            isAttached = false;
            World.Frames(30);
            watched.Told(0);
            World.Hang(1000);
            World.Frames(30);
            watched.Told(1);
        }

        private static void Breaks()
        {
            bool isManaged = false, isNative = false;
            Debuggers.IsManagedAttached = () => isManaged;
            Debuggers.IsNativeAttached = () => isNative;
            Watched watched = new Watched(500).On();
            // It attaches and breaks between two frames.
            isManaged = true;
            World.Hang(1000);
            World.Frames(30);
            isManaged = false;
            World.Frames(30);
            isNative = true;
            World.Hang(1000);
            World.Frames(30);
            isNative = false;
            World.Frames(30);
            watched.Told(0);
            World.Hang(1000);
            World.Frames(30);
            watched.Told(1);
        }

        private static void DebuggerIgnored()
        {
            Debuggers.IsManagedAttached = () => true;
            Debuggers.IsNativeAttached = () => true;
            Watched watched = new Watched(500);
            watched.Dog.PausesUnderDebugger = false;
            watched.On();
            World.Hang(1000);
            World.Frames(30);
            watched.Told(1);
        }

        private static void NoDebugger()
        {
            Check.That(!Debuggers.AskRuntime(), "managed");
            Check.That(!Debuggers.AskSystem(), "native");
        }

        private static void StandbyPauses()
        {
            Watched first = new Watched(60000).On();
            Watched second = new Watched(60000);
            second.Dog.GetType().GetField("survivesSceneLoads", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic).SetValue(second.Dog, false);
            second.On();
            Check.That(first.Dog.IsWatching && !second.Dog.IsWatching, "the first watches");
            Engine.Pause(true);
            first.Dog.enabled = false;
            Check.That(second.Dog.IsWatching && second.Dog.IsPaused, "the second has taken over, paused");
            Engine.Pause(false);
            Check.That(!second.Dog.IsPaused, "not paused any more");
            first.Dog.enabled = true;
            Check.That(second.Dog.IsWatching && !first.Dog.IsWatching, "the first waits now");
        }
    }
}
