using System.Globalization;

namespace KafkaBackup.Durable.Stores;

/// <summary>Where a listing ended: the newest come first, instances of one moment in the order of their ids. Its text is a continuation token.</summary>
/// <param name="CreatedTicks">The creation time of the last instance that was listed, in units of 100 ns since year 1, UTC.</param>
/// <param name="Id">Its id.</param>
public readonly record struct ListPosition(long CreatedTicks, string Id)
{
    public static ListPosition Of(InstanceRecord row) => new(row.CreatedAt.UtcTicks, row.Id);

    /// <exception cref="ArgumentException">It is none of ours.</exception>
    public static ListPosition? Parse(string? token)
    {
        if (token is null)
            return null;
        var separator = token.IndexOf('|', StringComparison.Ordinal);
        return separator > 0 && long.TryParse(token.AsSpan(0, separator), NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? new ListPosition(ticks, token[(separator + 1)..])
            : throw new ArgumentException($"'{token}' is not a continuation token.", nameof(token));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{CreatedTicks}|{Id}");
}
