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
