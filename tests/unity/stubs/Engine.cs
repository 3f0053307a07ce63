using System;
using System.Collections.Generic;
using System.Reflection;
using System.Runtime.CompilerServices;
using UnityEngine.SceneManagement;

[assembly: InternalsVisibleTo("LibWatchdog.Tests")]
[assembly: InternalsVisibleTo("UnityEditor")]

namespace UnityEngine
{
    /// <summary>The pretend player: calls what Unity would call, in Unity's order.</summary>
    internal static class Engine
    {
        private sealed class SceneLoad
        {
            internal string Name;
            internal LoadSceneMode Mode;
            internal int Frames;
            internal AsyncOperation Operation;
        }

        internal static readonly List<GameObject> Objects = new List<GameObject>();

        /// <summary>What makes a scene's objects, and takes its time.</summary>
        internal static readonly Dictionary<string, Action> Scenes = new Dictionary<string, Action>();

        private static readonly List<SceneLoad> Loads = new List<SceneLoad>();
        private static readonly List<Object> Doomed = new List<Object>();

        // ---- The loop --------------------------------------------------------------------

        internal static void Frame()
        {
            LoadScenes();
            List<MonoBehaviour> all = Living();
            foreach (MonoBehaviour behaviour in all)
            {
                if (behaviour.IsOn && !behaviour.HasStarted)
                {
                    behaviour.HasStarted = true;
                    Send(behaviour, "Start");
                }
            }
            // By the order of execution, as scripts ask for it.
            all.Sort((one, other) => Order(one).CompareTo(Order(other)));
            foreach (MonoBehaviour behaviour in all)
            {
                if (behaviour.IsOn)
                {
                    Send(behaviour, "Update");
                }
            }
            foreach (MonoBehaviour behaviour in all)
            {
                if (behaviour.IsOn)
                {
                    Send(behaviour, "OnGUI");
                }
            }
            foreach (Object doomed in Doomed.ToArray())
            {
                DestroyNow(doomed);
            }
            Doomed.Clear();
        }

        internal static void Pause(bool isPaused)
        {
            foreach (MonoBehaviour behaviour in Living())
            {
                if (behaviour.IsAwake)
                {
                    Send(behaviour, "OnApplicationPause", isPaused);
                }
            }
        }

        internal static void Focus(bool hasFocus)
        {
            foreach (MonoBehaviour behaviour in Living())
            {
                if (behaviour.IsAwake)
                {
                    Send(behaviour, "OnApplicationFocus", hasFocus);
                }
            }
        }

        internal static void Quit()
        {
            foreach (MonoBehaviour behaviour in Living())
            {
                Send(behaviour, "OnApplicationQuit");
            }
            DestroyAll();
        }

        internal static void DestroyAll()
        {
            foreach (GameObject one in Objects.ToArray())
            {
                DestroyNow(one);
            }
            Loads.Clear();
            Doomed.Clear();
        }

        /// <summary>RuntimeInitializeOnLoadMethod of one kind.</summary>
        internal static void Initialize(Assembly scripts, RuntimeInitializeLoadType kind)
        {
            foreach (Type type in scripts.GetTypes())
            {
                foreach (MethodInfo method in type.GetMethods(
                    BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                {
                    foreach (object attribute in method.GetCustomAttributes(
                        typeof(RuntimeInitializeOnLoadMethodAttribute), false))
                    {
                        if (((RuntimeInitializeOnLoadMethodAttribute)attribute).loadType == kind)
                        {
                            method.Invoke(null, null);
                        }
                    }
                }
            }
        }

        // ---- Scenes ----------------------------------------------------------------------

        internal static AsyncOperation AskForLoad(string name, LoadSceneMode mode, bool isNextFrame)
        {
            if (!Scenes.ContainsKey(name))
            {
                Debug.LogError("Scene '" + name + "' couldn't be loaded");
                return null;
            }
            SceneLoad load = new SceneLoad
            {
                Name = name, Mode = mode, Frames = isNextFrame ? 1 : 3, Operation = new AsyncOperation(),
            };
            Loads.Add(load);
            return load.Operation;
        }

        private static void LoadScenes()
        {
            foreach (SceneLoad load in Loads.ToArray())
            {
                if (--load.Frames > 0)
                {
                    continue;
                }
                Loads.Remove(load);
                if (load.Mode == LoadSceneMode.Single)
                {
                    foreach (GameObject one in Objects.ToArray())
                    {
                        if (!one.SurvivesLoads)
                        {
                            DestroyNow(one);
                        }
                    }
                }
                Scenes[load.Name]();
                SceneManager.Loaded(load.Name, load.Mode);
                load.Operation.Complete();
            }
        }

        // ---- Objects ---------------------------------------------------------------------

        internal static void Wake(MonoBehaviour behaviour)
        {
            if (!behaviour.gameObject.activeSelf)
            {
                return;
            }
            behaviour.IsAwake = true;
            Send(behaviour, "Awake");
            EnabledChanged(behaviour);
        }

        internal static void EnabledChanged(Behaviour changed)
        {
            MonoBehaviour behaviour = (MonoBehaviour)changed;
            bool isOn = behaviour.enabled && behaviour.gameObject.activeSelf && !behaviour.IsDestroyed;
            if (isOn && !behaviour.IsAwake)
            {
                Wake(behaviour);
                return;
            }
            if (isOn != behaviour.IsOn)
            {
                behaviour.IsOn = isOn;
                Send(behaviour, isOn ? "OnEnable" : "OnDisable");
            }
        }

        internal static void DestroyLater(Object doomed)
        {
            Doomed.Add(doomed);
        }

        internal static void DestroyNow(Object destroyed)
        {
            if (ReferenceEquals(destroyed, null) || destroyed.IsDestroyed)
            {
                return;
            }
            GameObject holder = destroyed as GameObject;
            if (!ReferenceEquals(holder, null))
            {
                foreach (MonoBehaviour behaviour in holder.Behaviours.ToArray())
                {
                    DestroyNow(behaviour);
                }
                Objects.Remove(holder);
                holder.IsDestroyed = true;
                return;
            }
            MonoBehaviour one = (MonoBehaviour)destroyed;
            if (one.IsOn)
            {
                one.IsOn = false;
                Send(one, "OnDisable");
            }
            if (one.IsAwake)
            {
                Send(one, "OnDestroy");
            }
            one.IsDestroyed = true;
            one.gameObject.Behaviours.Remove(one);
        }

        private static List<MonoBehaviour> Living()
        {
            List<MonoBehaviour> all = new List<MonoBehaviour>();
            foreach (GameObject one in Objects)
            {
                all.AddRange(one.Behaviours);
            }
            return all;
        }

        private static int Order(MonoBehaviour behaviour)
        {
            object[] found = behaviour.GetType().GetCustomAttributes(typeof(DefaultExecutionOrder), false);
            return found.Length > 0 ? ((DefaultExecutionOrder)found[0]).order : 0;
        }

        /// <summary>As Unity does: private or not, if there is one. What it throws is logged.</summary>
        internal static void Send(MonoBehaviour behaviour, string message, params object[] arguments)
        {
            MethodInfo method = behaviour.GetType().GetMethod(
                message, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
            if (method == null || behaviour.IsDestroyed)
            {
                return;
            }
            try
            {
                method.Invoke(behaviour, arguments);
            }
            catch (TargetInvocationException error)
            {
                Debug.LogException(error.InnerException);
            }
        }
    }
}
