// Stand-ins for what the package touches of UnityEditor.
using System;
using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("LibWatchdog.Tests")]

namespace UnityEditor
{
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class InitializeOnLoadAttribute : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class MenuItem : Attribute
    {
        public MenuItem(string itemName, bool isValidateFunction, int priority)
        {
        }
    }

    public sealed class MenuCommand
    {
    }

    public static class Undo
    {
        public static void RegisterCreatedObjectUndo(UnityEngine.Object objectToUndo, string name)
        {
        }
    }

    public static class Selection
    {
        public static UnityEngine.Object activeObject { get; set; }
    }

    public enum PlayModeStateChange
    {
        EnteredEditMode,
        ExitingEditMode,
        EnteredPlayMode,
        ExitingPlayMode,
    }

    public enum PauseState
    {
        Paused,
        Unpaused,
    }

    public static class AssemblyReloadEvents
    {
        public delegate void AssemblyReloadCallback();

        public static event AssemblyReloadCallback beforeAssemblyReload;

        internal static void RaiseBefore()
        {
            if (beforeAssemblyReload != null)
            {
                beforeAssemblyReload();
            }
        }
    }

    public static class EditorApplication
    {
        public static event Action quitting;

        public static event Action<PlayModeStateChange> playModeStateChanged;

        public static event Action<PauseState> pauseStateChanged;

        public static bool isPaused { get; internal set; }

        internal static void RaiseQuitting()
        {
            if (quitting != null)
            {
                quitting();
            }
        }

        internal static void RaisePlayMode(PlayModeStateChange change)
        {
            if (playModeStateChanged != null)
            {
                playModeStateChanged(change);
            }
        }

        internal static void RaisePaused(bool value)
        {
            isPaused = value;
            if (pauseStateChanged != null)
            {
                pauseStateChanged(value ? PauseState.Paused : PauseState.Unpaused);
            }
        }
    }
}
