using System.Runtime.CompilerServices;

namespace KafkaBackup.Testing;

/// <summary>Waits for what another thread or process brings about: looked for again and again, and for no longer than is bearable.</summary>
public static class Eventually
{
    /// <summary>How long is waited for what takes moments where a machine is not busy.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    /// <summary>Waits until a condition holds, looking every few milliseconds.</summary>
    /// <param name="condition">What is to hold.</param>
    /// <param name="within">How long at most; <see cref="Soon"/> by default.</param>
    /// <param name="what">What the error says; the condition's own text by default.</param>
    /// <exception cref="TimeoutException">It did not hold in that time.</exception>
    public static Task HoldsAsync(Func<bool> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        HoldsAsync(() => Task.FromResult(condition()), within, what);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, TimeSpan?, string)"/>
    public static async Task HoldsAsync(Func<Task<bool>> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > (within ?? Soon))
                throw new TimeoutException($"after {(within ?? Soon).TotalSeconds:0.#} s it still does not hold: {what}");
            await Task.Delay(5);
        }
    }
}
