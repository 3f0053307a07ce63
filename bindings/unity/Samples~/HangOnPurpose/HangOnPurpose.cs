using System;
using System.Collections.Generic;
using System.Threading;
using LibWatchdog;
using UnityEngine;

/// <summary>
/// Add this to an object of an empty scene and press play. The buttons hang the main thread on
/// purpose; the list shows what the watchdog tells of it, and when.
/// </summary>
public sealed class HangOnPurpose : MonoBehaviour
{
    private const int Lines = 12;

    [SerializeField] private float timeoutSeconds = 2f;

    // Also written by the thread that tells of a hang while it lasts.
    private readonly List<string> told = new List<string>();
    private WatchdogBehaviour watchdog;

    private void OnEnable()
    {
        watchdog = WatchdogBehaviour.Active;
        if (watchdog == null)
        {
            watchdog = gameObject.AddComponent<WatchdogBehaviour>();
        }
        watchdog.Timeout = TimeSpan.FromSeconds(timeoutSeconds);
        watchdog.HangDetected += OnHangDetected;
        watchdog.Hang += OnHang;
        watchdog.Recovered += OnRecovered;
    }

    private void OnDisable()
    {
        watchdog.HangDetected -= OnHangDetected;
        watchdog.Hang -= OnHang;
        watchdog.Recovered -= OnRecovered;
    }

    private void OnGUI()
    {
        if (GUILayout.Button("Hang for 5 seconds"))
        {
            Tell("The main thread is about to sleep for 5 s.");
            Thread.Sleep(5000);
        }
        if (GUILayout.Button("Be slow for 5 seconds, and say so"))
        {
            using (WatchdogBehaviour.Slow("work on purpose", TimeSpan.FromSeconds(30)))
            {
                Tell("The main thread is about to sleep for 5 s, in a slow scope.");
                Thread.Sleep(5000);
            }
        }
        GUILayout.Label("Time.timeScale = " + Time.timeScale + ", which is no matter to the watchdog");
        if (GUILayout.Button("Stop or start the game's time"))
        {
            Time.timeScale = Time.timeScale > 0f ? 0f : 1f;
        }
        lock (told)
        {
            foreach (string line in told)
            {
                GUILayout.Label(line);
            }
        }
    }

    private void OnHangDetected(TimeSpan unfed)
    {
        Tell("It hangs right now, for " + Seconds(unfed) + ". (Told by another thread.)");
    }

    private void OnHang(TimeSpan unfed)
    {
        Tell("It has hung; that was noticed after " + Seconds(unfed) + ".");
    }

    private void OnRecovered(TimeSpan duration)
    {
        Tell("It runs again, after " + Seconds(duration) + ".");
    }

    private void Tell(string what)
    {
        lock (told)
        {
            told.Add(DateTime.Now.ToString("HH:mm:ss.fff") + "  " + what);
            if (told.Count > Lines)
            {
                told.RemoveAt(0);
            }
        }
    }

    private static string Seconds(TimeSpan time)
    {
        return time.TotalSeconds.ToString("0.00") + " s";
    }
}
