using System;
using System.Collections.Generic;
using System.Diagnostics;
using UnityEngine;
using UnityEngine.SceneManagement;

namespace LibWatchdog
{
    /// <summary>
    /// Makes scene loads slow scopes. A load that blocks does so in the next frame, not where it
    /// is asked for; so a scope goes from there to the first Update after it. All on the main
    /// thread.
    /// </summary>
    internal static class SceneLoads
    {
        private sealed class Load
        {
            internal WatchdogSlowScope Scope;
            internal Stopwatch Since;
            internal bool IsAsked; // its operation tells when it is done
            internal bool IsDone;
        }

        private static readonly List<Load> Loads = new List<Load>();
#if UNITY_2021_1_OR_NEWER
        private static TimeSpan limit;
#endif

        /// <summary>From now on every load is one, where Unity lets itself be asked: since
        /// 2021.1, and when nobody else has asked before.</summary>
        internal static void Watch(TimeSpan howLong)
        {
#if UNITY_2021_1_OR_NEWER
            limit = howLong;
            if (SceneManagerAPI.overrideAPI == null)
            {
                SceneManagerAPI.overrideAPI = new Api();
            }
#endif
        }

        /// <summary>Opens a scope for the load that is about to be asked for.</summary>
        internal static void Expect(string what, TimeSpan howLong)
        {
            Begin(what, howLong, false);
        }

        /// <summary>In every Update: ends what is over. A load that has failed never is, nor one
        /// that is held back; they are given up after their limit.</summary>
        internal static void Tick()
        {
            for (int i = Loads.Count - 1; i >= 0; i--)
            {
                Load load = Loads[i];
                if (load.IsDone || load.Since.Elapsed > load.Scope.Limit)
                {
                    Loads.RemoveAt(i);
                    load.Scope.Dispose();
                }
            }
        }

        /// <summary>Forgets all, and leaves Unity as it was.</summary>
        internal static void Clear()
        {
            SceneManager.sceneLoaded -= OnSceneLoaded;
            Loads.Clear();
#if UNITY_2021_1_OR_NEWER
            if (SceneManagerAPI.overrideAPI is Api)
            {
                SceneManagerAPI.overrideAPI = null;
            }
#endif
        }

        private static Load Begin(string what, TimeSpan howLong, bool isAsked)
        {
            SceneManager.sceneLoaded -= OnSceneLoaded;
            SceneManager.sceneLoaded += OnSceneLoaded;
            Load load = new Load
            {
                Scope = SlowScopes.Add(what, howLong), Since = Stopwatch.StartNew(), IsAsked = isAsked,
            };
            Loads.Add(load);
            return load;
        }

        // Loads that have no operation to ask are done in the order in which they were asked for.
        private static void OnSceneLoaded(Scene scene, LoadSceneMode mode)
        {
            foreach (Load load in Loads)
            {
                if (!load.IsDone && !load.IsAsked)
                {
                    load.IsDone = true;
                    return;
                }
            }
        }

#if UNITY_2021_1_OR_NEWER
        private sealed class Api : SceneManagerAPI
        {
            protected override AsyncOperation LoadSceneAsyncByNameOrIndex(
                string sceneName, int sceneBuildIndex, LoadSceneParameters parameters, bool mustCompleteNextFrame)
            {
                Load load = Begin("load scene " + (string.IsNullOrEmpty(sceneName) ? "" + sceneBuildIndex : sceneName), limit, true);
                AsyncOperation operation = null;
                try
                {
                    operation = base.LoadSceneAsyncByNameOrIndex(sceneName, sceneBuildIndex, parameters, mustCompleteNextFrame);
                }
                finally
                {
                    if (operation == null)
                    {
                        load.IsDone = true; // refused
                    }
                    else
                    {
                        operation.completed += ignored => load.IsDone = true;
                    }
                }
                return operation;
            }
        }
#endif
    }
}
