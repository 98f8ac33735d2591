using Microsoft.Extensions.Logging;

namespace KafkaBackup.Host.Secrets;

/// <summary>Loggers whose lines hold no secret, whoever writes them and whatever an exception says.</summary>
internal sealed class RedactingLoggers(ILoggerFactory inner, KnownSecrets secrets) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new RedactingLogger(inner.CreateLogger(categoryName), secrets);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose() => inner.Dispose();

    private sealed class RedactingLogger(ILogger inner, KnownSecrets secrets) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            var text = formatter(state, exception);
            if (exception is not null)
                text = $"{text} {exception}";
            inner.Log(logLevel, eventId, secrets.Redact(text), null, static (line, _) => line);
        }
    }
}
