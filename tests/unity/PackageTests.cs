using System;
using System.Collections;
using System.Reflection;
using NUnit.Framework;
using UnityEngine;
using UnityEngine.TestTools;

namespace LibWatchdog.Tests
{
    /// <summary>Runs the tests of the package itself, as Unity's test runner does.</summary>
    internal static class PackageTests
    {
        internal static void All()
        {
            Program.Test("the sample hangs on purpose and shows it", Sample);
            foreach (MethodInfo method in typeof(MainThreadTests).GetMethods())
            {
                MethodInfo test = method;
                bool isSeveralFrames = Has(test, typeof(UnityTestAttribute));
                if (isSeveralFrames || Has(test, typeof(TestAttribute)))
                {
                    Program.Test("the package's own test " + test.Name, () => Run(test, isSeveralFrames));
                }
            }
        }

        private static void Sample()
        {
            HangOnPurpose sample = new GameObject("sample").AddComponent<HangOnPurpose>();
            World.Frames(30);
            GUILayout.Pressed = "Be slow for 5 seconds, and say so";
            Engine.Frame();
            GUILayout.Pressed = "Hang for 5 seconds";
            Engine.Frame();
            GUILayout.Pressed = null;
            Engine.Frame();
            GUILayout.Labels.Clear();
            Engine.Frame();
            string shown = string.Join("\n", GUILayout.Labels.ToArray());
            Check.That(shown.Contains("It hangs right now, for 2.0"), "it hangs: " + shown);
            Check.That(shown.Contains("It has hung; that was noticed after 2.0"), "it has hung: " + shown);
            Check.That(shown.Contains("It runs again, after 5."), "it runs: " + shown);
            Check.Equal(shown.Split('\n').Length, 6, "lines shown");
            sample.enabled = false;
        }

        private static void Run(MethodInfo test, bool isSeveralFrames)
        {
            MainThreadTests fixture = new MainThreadTests();
            fixture.SetUp();
            try
            {
                object result = test.Invoke(fixture, null);
                for (IEnumerator frames = result as IEnumerator; isSeveralFrames && frames.MoveNext();)
                {
                    World.Frame();
                }
            }
            finally
            {
                fixture.TearDown();
            }
        }

        private static bool Has(MethodInfo method, Type attribute)
        {
            return method.GetCustomAttributes(attribute, false).Length > 0;
        }
    }
}
