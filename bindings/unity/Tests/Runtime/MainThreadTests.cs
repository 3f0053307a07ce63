using System;
using System.Collections;
using System.Threading;
using NUnit.Framework;
using UnityEngine;
using UnityEngine.TestTools;

namespace LibWatchdog.Tests
{
    /// <summary>In play mode: the main thread hangs on purpose.</summary>
    public sealed class MainThreadTests
    {
        private GameObject holder;
        private WatchdogBehaviour watchdog;
        private volatile int detections, hangs, recoveries;
        private TimeSpan duration;

        [SetUp]
        public void SetUp()
        {
            detections = hangs = recoveries = 0;
            holder = new GameObject("watched");
            watchdog = holder.AddComponent<WatchdogBehaviour>();
            watchdog.Timeout = TimeSpan.FromSeconds(1);
            watchdog.WritesLog = false; // an error in the log fails a test
            watchdog.PausesUnderDebugger = false;
            watchdog.HangDetected += unfed => detections++;
            watchdog.Hang += unfed => hangs++;
            watchdog.Recovered += howLong =>
            {
                recoveries++;
                duration = howLong;
            };
        }

        [TearDown]
        public void TearDown()
        {
            UnityEngine.Object.DestroyImmediate(holder);
        }

        [UnityTest]
        public IEnumerator AHangIsToldOnceAndSoIsItsEnd()
        {
            yield return null;
            yield return null;
            Thread.Sleep(2500);
            Assert.AreEqual(1, detections, "told while it hangs");
            Assert.AreEqual(0, hangs, "not told on the main thread meanwhile");
            yield return null;
            yield return null;
            yield return null;
            Assert.AreEqual(1, hangs, "hangs");
            Assert.AreEqual(1, recoveries, "recoveries");
            Assert.IsTrue(duration >= TimeSpan.FromSeconds(2.4), "duration " + duration);
        }

        [UnityTest]
        public IEnumerator ASlowScopeIsNoHang()
        {
            yield return null;
            using (WatchdogBehaviour.Slow("test", TimeSpan.FromSeconds(20)))
            {
                Thread.Sleep(2000);
            }
            yield return null;
            yield return null;
            Assert.AreEqual(0, detections + hangs, "hangs");
        }

        [UnityTest]
        public IEnumerator TimeThatStandsStillIsNoHang()
        {
            yield return null;
            Time.timeScale = 0f;
            DateTime end = DateTime.UtcNow + TimeSpan.FromSeconds(2);
            while (DateTime.UtcNow < end)
            {
                yield return null;
            }
            Time.timeScale = 1f;
            Assert.AreEqual(0, detections + hangs, "hangs");
        }

        [Test]
        public void WhatIsDisabledDoesNotWatch()
        {
            Assert.IsTrue(watchdog.IsWatching, "it watches");
            watchdog.enabled = false;
            Assert.IsFalse(watchdog.IsWatching, "it does not watch");
        }
    }
}
