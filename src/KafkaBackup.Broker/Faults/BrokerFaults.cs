using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Faults;

/// <summary>
/// What goes wrong on purpose, for tests of clients. Each switch may be thrown while the broker runs. As text (<see cref="Apply"/>):
/// <code>
/// delay:Fetch=500ms               every Fetch is handled 500 ms after it came; with *3 at the end, the next 3
/// error:Produce=NotLeaderOrFollower*3   the next 3 Produce requests are answered so, unhandled (error code by name or number)
/// cut:Produce*1                   the next Produce request ends its connection, unhandled
/// cut-after:Produce*1             the next Produce request is handled, then its connection ends without an answer
/// corrupt:Fetch*1                 a bit of the first batch in the next Fetch response that has one is turned; the log stays whole
/// refuse:message.format.version   topics can't be created with this setting: the broker is of a version that does not know it
/// throttle:Produce=500ms*2         the next 2 Produce requests are answered at once, with that throttle time, and their connection is not read from so long
/// late:200ms+5s                   every Produce is held 200 ms; if its connection ends in that time, it is appended 5 s later all the same
/// </code>
/// </summary>
public sealed class BrokerFaults
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ApiKey, (TimeSpan Delay, int Count)> _delays = [];
    private readonly Dictionary<ApiKey, (ErrorCode Code, int Count)> _errors = [];
    private readonly Dictionary<ApiKey, (TimeSpan Delay, int Count)> _throttles = [];
    private readonly Dictionary<ApiKey, int> _cuts = [];
    private readonly Dictionary<ApiKey, int> _cutsAfter = [];
    private readonly Dictionary<ApiKey, int> _corruptions = [];
    private readonly Dictionary<(ApiKey Key, FaultKind Kind), int> _injected = [];
    private readonly HashSet<string> _refused = [];
    private LateDelivery? _late;

    /// <summary>How Produce requests are held: null, not at all.</summary>
    public LateDelivery? Late
    {
        get => Volatile.Read(ref _late);
        set => Volatile.Write(ref _late, value);
    }

    /// <summary>How many faults were met by a request so far, by API and kind.</summary>
    public IReadOnlyDictionary<(ApiKey Key, FaultKind Kind), int> Injected
    {
        get
        {
            lock (_lock)
                return _injected.ToDictionary();
        }
    }

    /// <summary>Handles the next <paramref name="count"/> requests of an API so much later, by default all; zero: at once again.</summary>
    public void Delay(ApiKey key, TimeSpan delay, int count = int.MaxValue)
    {
        lock (_lock)
            _delays[key] = (delay, count);
    }

    /// <summary>Answers the next <paramref name="count"/> requests of an API as above a quota, by default all: with a throttle time, after which their connection is read from again.</summary>
    public void Throttle(ApiKey key, TimeSpan time, int count = int.MaxValue)
    {
        lock (_lock)
            _throttles[key] = (time, count);
    }

    /// <summary>Answers the next <paramref name="count"/> requests of an API with an error, unhandled.</summary>
    public void Fail(ApiKey key, ErrorCode code, int count = 1)
    {
        lock (_lock)
            _errors[key] = (code, count);
    }

    /// <summary>Ends the connection at the next <paramref name="count"/> requests of an API, before or after they are handled.</summary>
    public void Cut(ApiKey key, int count = 1, bool afterHandling = false)
    {
        lock (_lock)
            (afterHandling ? _cutsAfter : _cuts)[key] = count;
    }

    /// <summary>Damages a batch in the next <paramref name="count"/> responses of an API that carry one (there are Fetch's alone); the log stays whole.</summary>
    public void Corrupt(ApiKey key, int count = 1)
    {
        lock (_lock)
            _corruptions[key] = count;
    }

    /// <summary>Refuses to create topics with this setting.</summary>
    public void Refuse(string setting)
    {
        lock (_lock)
            _refused.Add(setting);
    }

    /// <summary>Everything goes right again; <see cref="Injected"/> stays.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _delays.Clear();
            _throttles.Clear();
            _errors.Clear();
            _cuts.Clear();
            _cutsAfter.Clear();
            _corruptions.Clear();
            _refused.Clear();
            Late = null;
        }
    }

    /// <summary>Throws one switch, named in text.</summary>
    /// <exception cref="FormatException">The text names none.</exception>
    public void Apply(string spec)
    {
        var (kind, rest) = Split(spec, ':');
        switch (kind)
        {
            case "delay":
                var (delayed, delay) = Split(rest, '=');
                var (time, delays) = Split(delay, '*');
                Delay(Key(delayed, spec), Time(time, spec), delays.Length == 0 ? int.MaxValue : Count(delays, spec));
                break;
            case "throttle":
                var (throttled, throttle) = Split(rest, '=');
                var (held, throttles) = Split(throttle, '*');
                Throttle(Key(throttled, spec), Time(held, spec), throttles.Length == 0 ? int.MaxValue : Count(throttles, spec));
                break;
            case "error":
                var (failing, error) = Split(rest, '=');
                var (code, errors) = Split(error, '*');
                Fail(Key(failing, spec), Parse<ErrorCode>(code, spec), Count(errors, spec));
                break;
            case "cut" or "cut-after":
                var (cut, cuts) = Split(rest, '*');
                Cut(Key(cut, spec), Count(cuts, spec), kind == "cut-after");
                break;
            case "corrupt":
                var (corrupted, corruptions) = Split(rest, '*');
                Corrupt(Key(corrupted, spec), Count(corruptions, spec));
                break;
            case "refuse":
                Refuse(rest);
                break;
            case "late":
                var (hold, late) = Split(rest, '+');
                Late = new LateDelivery(Time(hold, spec), Time(late, spec));
                break;
            default:
                throw new FormatException($"\"{spec}\" is no fault: it begins with neither delay:, throttle:, error:, cut:, cut-after:, corrupt:, refuse: nor late:");
        }
    }

    internal TimeSpan TakeDelay(ApiKey key) => TakeTime(_delays, key, FaultKind.Delay);

    internal TimeSpan TakeThrottle(ApiKey key) => TakeTime(_throttles, key, FaultKind.Throttle);

    internal ErrorCode TakeError(ApiKey key)
    {
        lock (_lock)
        {
            if (!_errors.TryGetValue(key, out var fault) || fault.Count <= 0)
                return ErrorCode.None;
            _errors[key] = fault with { Count = fault.Count - 1 };
            Note(key, FaultKind.Error);
            return fault.Code;
        }
    }

    /// <summary>Takes note of a request that was read while Produce requests are held.</summary>
    internal void NoteRead(ApiKey key)
    {
        lock (_lock)
            Note(key, FaultKind.Late);
    }

    internal bool TakeCut(ApiKey key, bool afterHandling) =>
        afterHandling ? Take(_cutsAfter, key, FaultKind.CutAfter) : Take(_cuts, key, FaultKind.Cut);

    internal bool Refuses(string setting)
    {
        lock (_lock)
            return _refused.Contains(setting);
    }

    internal bool TakeCorruption(ApiKey key) => Take(_corruptions, key, FaultKind.Corruption);

    private bool Take(Dictionary<ApiKey, int> faults, ApiKey key, FaultKind kind)
    {
        lock (_lock)
        {
            if (faults.GetValueOrDefault(key) <= 0)
                return false;
            faults[key]--;
            Note(key, kind);
            return true;
        }
    }

    private TimeSpan TakeTime(Dictionary<ApiKey, (TimeSpan Delay, int Count)> faults, ApiKey key, FaultKind kind)
    {
        lock (_lock)
        {
            if (!faults.TryGetValue(key, out var fault) || fault.Count <= 0 || fault.Delay <= TimeSpan.Zero)
                return TimeSpan.Zero;
            if (fault.Count < int.MaxValue)
                faults[key] = fault with { Count = fault.Count - 1 };
            Note(key, kind);
            return fault.Delay;
        }
    }

    private void Note(ApiKey key, FaultKind kind) => _injected[(key, kind)] = _injected.GetValueOrDefault((key, kind)) + 1;

    private static (string Before, string After) Split(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
    }

    private static ApiKey Key(string text, string spec) => Parse<ApiKey>(text, spec);

    private static T Parse<T>(string text, string spec)
        where T : struct, Enum =>
        Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value)
            ? value
            : throw new FormatException($"\"{text}\" in \"{spec}\" is no {typeof(T).Name}");

    private static int Count(string text, string spec) =>
        text.Length == 0 ? 1 : int.TryParse(text, out var count) && count > 0 ? count : throw new FormatException($"\"{text}\" in \"{spec}\" is no count");

    private static TimeSpan Time(string text, string spec)
    {
        var unit = text.EndsWith("ms", StringComparison.Ordinal) ? "ms" : "s";
        return text.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(text[..^unit.Length], out var number) && number >= 0
            ? unit == "ms" ? TimeSpan.FromMilliseconds(number) : TimeSpan.FromSeconds(number)
            : throw new FormatException($"\"{text}\" in \"{spec}\" is no time such as 200ms or 5s");
    }
}

/// <summary>What goes wrong with a request.</summary>
public enum FaultKind
{
    /// <summary>It is handled later.</summary>
    Delay,

    /// <summary>It is answered with an error, unhandled.</summary>
    Error,

    /// <summary>Its connection ends before it is handled.</summary>
    Cut,

    /// <summary>Its connection ends once it is handled, without an answer.</summary>
    CutAfter,

    /// <summary>A batch in its answer is damaged.</summary>
    Corruption,

    /// <summary>It is answered as above a quota.</summary>
    Throttle,

    /// <summary>It was read while Produce requests are held: from then on it reaches the log, whatever becomes of its client.</summary>
    Late,
}

/// <summary>Produce requests that reach the log after their client is gone, as when it is killed with requests in flight.</summary>
/// <param name="Hold">How long every Produce request is held before it is handled.</param>
/// <param name="Late">How much longer if its connection ends while it is held.</param>
public sealed record LateDelivery(TimeSpan Hold, TimeSpan Late);
