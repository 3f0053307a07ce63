// Stand-ins for what the package touches of UnityEngine, in the shape that Unity documents.
// They do as little as the tests need; Engine.cs drives them.
using System;
using System.Collections.Generic;

namespace UnityEngine
{
    public class Object
    {
        internal bool IsDestroyed;

        public string name { get; set; }

        public static bool operator ==(Object one, Object other)
        {
            bool isNone = ReferenceEquals(one, null) || one.IsDestroyed;
            bool isOtherNone = ReferenceEquals(other, null) || other.IsDestroyed;
            return isNone || isOtherNone ? isNone && isOtherNone : ReferenceEquals(one, other);
        }

        public static bool operator !=(Object one, Object other)
        {
            return !(one == other);
        }

        public override bool Equals(object other)
        {
            return ReferenceEquals(this, other);
        }

        public override int GetHashCode()
        {
            return base.GetHashCode();
        }

        public static void Destroy(Object destroyed)
        {
            Engine.DestroyLater(destroyed);
        }

        public static void DestroyImmediate(Object destroyed)
        {
            Engine.DestroyNow(destroyed);
        }

        public static void DontDestroyOnLoad(Object kept)
        {
            GameObject holder = (GameObject)kept;
            if (holder.transform.parent != null)
            {
                Debug.LogWarning("DontDestroyOnLoad only works for root GameObjects");
                return;
            }
            holder.SurvivesLoads = true;
        }
    }

    public class Component : Object
    {
        public GameObject gameObject { get; internal set; }

        public Transform transform
        {
            get { return gameObject.transform; }
        }
    }

    public class Transform : Component
    {
        public Transform parent { get; private set; }

        public void SetParent(Transform value, bool worldPositionStays)
        {
            parent = value;
        }
    }

    public class Behaviour : Component
    {
        private bool isEnabled = true;

        public bool enabled
        {
            get { return isEnabled; }
            set
            {
                isEnabled = value;
                Engine.EnabledChanged(this);
            }
        }
    }

    public class MonoBehaviour : Behaviour
    {
        internal bool IsAwake, IsOn, HasStarted;
    }

    public sealed class GameObject : Object
    {
        internal readonly List<MonoBehaviour> Behaviours = new List<MonoBehaviour>();
        internal bool SurvivesLoads;
        private readonly Transform place;

        public GameObject(string name)
        {
            this.name = name;
            place = new Transform { gameObject = this };
            activeSelf = true;
            Engine.Objects.Add(this);
        }

        public Transform transform
        {
            get { return place; }
        }

        public bool activeSelf { get; private set; }

        public T AddComponent<T>() where T : MonoBehaviour, new()
        {
            T added = new T { gameObject = this };
            Behaviours.Add(added);
            Engine.Wake(added);
            return added;
        }

        public T GetComponent<T>() where T : class
        {
            foreach (MonoBehaviour behaviour in Behaviours)
            {
                T found = behaviour as T;
                if (found != null)
                {
                    return found;
                }
            }
            return null;
        }

        public void SetActive(bool value)
        {
            activeSelf = value;
            foreach (MonoBehaviour behaviour in Behaviours.ToArray())
            {
                Engine.EnabledChanged(behaviour);
            }
        }
    }

    public static class Application
    {
        public static bool runInBackground { get; set; }
    }

    public static class Time
    {
        static Time()
        {
            timeScale = 1f;
        }

        public static float timeScale { get; set; }
    }

    public static class Debug
    {
        /// <summary>What was logged, "error: …", and by which thread.</summary>
        internal static readonly List<KeyValuePair<string, int>> Lines = new List<KeyValuePair<string, int>>();

        public static void Log(object message)
        {
            Write("log", message);
        }

        public static void LogWarning(object message)
        {
            Write("warning", message);
        }

        public static void LogWarning(object message, Object context)
        {
            Write("warning", message);
        }

        public static void LogError(object message)
        {
            Write("error", message);
        }

        public static void LogError(object message, Object context)
        {
            Write("error", message);
        }

        public static void LogException(Exception exception)
        {
            Write("exception", exception.Message);
        }

        public static void LogException(Exception exception, Object context)
        {
            Write("exception", exception.Message);
        }

        private static void Write(string kind, object message)
        {
            lock (Lines)
            {
                Lines.Add(new KeyValuePair<string, int>(
                    kind + ": " + message, System.Threading.Thread.CurrentThread.ManagedThreadId));
            }
        }
    }

    /// <summary>The buttons are pressed by the tests.</summary>
    public static class GUILayout
    {
        internal static string Pressed;
        internal static readonly List<string> Labels = new List<string>();

        public static bool Button(string text, params GUILayoutOption[] options)
        {
            return text == Pressed;
        }

        public static void Label(string text, params GUILayoutOption[] options)
        {
            Labels.Add(text);
        }
    }

    public sealed class GUILayoutOption
    {
    }

    public class YieldInstruction
    {
    }

    public class AsyncOperation : YieldInstruction
    {
        public event Action<AsyncOperation> completed;

        public bool isDone { get; private set; }

        internal void Complete()
        {
            isDone = true;
            if (completed != null)
            {
                completed(this);
            }
        }
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class SerializeField : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class TooltipAttribute : Attribute
    {
        public TooltipAttribute(string tooltip)
        {
        }
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class AddComponentMenu : Attribute
    {
        public AddComponentMenu(string menuName)
        {
        }
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class DisallowMultipleComponent : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class DefaultExecutionOrder : Attribute
    {
        public DefaultExecutionOrder(int order)
        {
            this.order = order;
        }

        public int order { get; private set; }
    }

    public enum RuntimeInitializeLoadType
    {
        AfterSceneLoad = 0,
        BeforeSceneLoad = 1,
        AfterAssembliesLoaded = 2,
        BeforeSplashScreen = 3,
        SubsystemRegistration = 4,
    }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class RuntimeInitializeOnLoadMethodAttribute : Attribute
    {
        public RuntimeInitializeOnLoadMethodAttribute(RuntimeInitializeLoadType loadType)
        {
            this.loadType = loadType;
        }

        public RuntimeInitializeLoadType loadType { get; private set; }
    }
}

namespace UnityEngine.Events
{
    public delegate void UnityAction();

    public delegate void UnityAction<T0>(T0 arg0);

    public delegate void UnityAction<T0, T1>(T0 arg0, T1 arg1);

    [Serializable]
    public class UnityEvent<T0>
    {
        private UnityAction<T0> calls;

        public void AddListener(UnityAction<T0> call)
        {
            calls += call;
        }

        public void RemoveListener(UnityAction<T0> call)
        {
            calls -= call;
        }

        public void Invoke(T0 arg0)
        {
            if (calls != null)
            {
                calls(arg0);
            }
        }
    }
}

namespace UnityEngine.SceneManagement
{
    using UnityEngine.Events;

    public struct Scene
    {
        public string name { get; internal set; }
    }

    public enum LoadSceneMode
    {
        Single = 0,
        Additive = 1,
    }

    public struct LoadSceneParameters
    {
        public LoadSceneMode loadSceneMode { get; set; }
    }

    public class SceneManagerAPI
    {
        private static readonly SceneManagerAPI Default = new SceneManagerAPI();

        protected internal SceneManagerAPI()
        {
        }

        internal static SceneManagerAPI ActiveAPI
        {
            get { return overrideAPI ?? Default; }
        }

        public static SceneManagerAPI overrideAPI { get; set; }

        protected internal virtual AsyncOperation LoadSceneAsyncByNameOrIndex(
            string sceneName, int sceneBuildIndex, LoadSceneParameters parameters, bool mustCompleteNextFrame)
        {
            return Engine.AskForLoad(sceneName, parameters.loadSceneMode, mustCompleteNextFrame);
        }
    }

    public static class SceneManager
    {
        public static event UnityAction<Scene, LoadSceneMode> sceneLoaded;

        public static void LoadScene(string sceneName)
        {
            SceneManagerAPI.ActiveAPI.LoadSceneAsyncByNameOrIndex(sceneName, -1, new LoadSceneParameters(), true);
        }

        public static AsyncOperation LoadSceneAsync(string sceneName, LoadSceneMode mode)
        {
            return SceneManagerAPI.ActiveAPI.LoadSceneAsyncByNameOrIndex(
                sceneName, -1, new LoadSceneParameters { loadSceneMode = mode }, false);
        }

        internal static void Loaded(string name, LoadSceneMode mode)
        {
            if (sceneLoaded != null)
            {
                sceneLoaded(new Scene { name = name }, mode);
            }
        }
    }
}
