using System;
using UnityEditor;
using UnityEngine;

namespace LibWatchdog.EditorSupport
{
    /// <summary>
    /// Ends all watchdogs before the editor does what they must not live through: before it
    /// reloads the code, when it quits, and when play mode begins and ends, also with domain
    /// reload off.
    /// </summary>
    [InitializeOnLoad]
    internal static class WatchdogEditor
    {
        // Handlers are waited for no longer than this in all.
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

        static WatchdogEditor()
        {
            AssemblyReloadEvents.beforeAssemblyReload += StopAll;
            EditorApplication.quitting += StopAll;
            EditorApplication.playModeStateChanged += OnPlayModeStateChanged;
            EditorApplication.pauseStateChanged += OnPauseStateChanged;
            WatchdogBehaviour.SetEditorPaused(EditorApplication.isPaused);
        }

        private static void OnPlayModeStateChanged(PlayModeStateChange change)
        {
            // Not EnteredPlayMode: by then the scene's watchdogs are awake.
            if (change != PlayModeStateChange.EnteredPlayMode)
            {
                StopAll();
            }
        }

        private static void OnPauseStateChanged(PauseState state)
        {
            WatchdogBehaviour.SetEditorPaused(state == PauseState.Paused);
        }

        private static void StopAll()
        {
            WatchdogBehaviour.StopAll();
            try
            {
                // Also those that the project's own code has made.
                if (!Watchdog.Shutdown(Patience))
                {
                    Debug.LogWarning("[watchdog] A handler of Watchdog.Expired has not returned; it is not waited for any longer.");
                }
            }
            catch (DllNotFoundException)
            {
                // Then there are none.
            }
        }

        [MenuItem("GameObject/Watchdog", false, 30)]
        private static void Create(MenuCommand command)
        {
            GameObject created = new GameObject("Watchdog");
            created.AddComponent<WatchdogBehaviour>();
            Undo.RegisterCreatedObjectUndo(created, "Create Watchdog");
            Selection.activeObject = created;
        }
    }
}
