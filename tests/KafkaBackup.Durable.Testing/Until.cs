namespace KafkaBackup.Durable.Testing;

/// <summary>Bounded waiting.</summary>
public static class Until
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Asks again and again until the answer is not null.</summary>
    public static async Task<T> NotNull<T>(Func<Task<T?>> ask, string what)
        where T : class
    {
        var deadline = DateTime.UtcNow + Limit;
        while (DateTime.UtcNow < deadline)
        {
            if (await ask() is { } answer)
                return answer;
            await Task.Delay(Pause);
        }
        throw new TimeoutException($"Not within {Limit}: {what}");
    }

    public static Task True(Func<bool> ask, string what) => NotNull(() => Task.FromResult(ask() ? "" : null), what);

    public static Task True(Func<Task<bool>> ask, string what) => NotNull(async () => await ask() ? "" : null, what);

    public static Task<T> Bounded<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task Bounded(this Task task) => task.WaitAsync(Limit);
}
