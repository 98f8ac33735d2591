namespace KafkaBackup.Durable;

internal static class TaskInput
{
    /// <summary>A missing input is the type's default value; whether that is acceptable is for the task to say.</summary>
    public static T As<T>(object? input) => input switch
    {
        T typed => typed,
        null => default!,
        _ => throw new ArgumentException($"The input is a {input.GetType()}, the task takes a {typeof(T)}.", nameof(input)),
    };
}
