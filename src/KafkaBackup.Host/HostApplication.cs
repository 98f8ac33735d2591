using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Errors;
using KafkaBackup.Host.Http;
using KafkaBackup.Host.Plans;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Host;

/// <summary>The service: HTTP triggers, timer triggers, and the orchestrations behind them.</summary>
public static class HostApplication
{
    /// <summary>Builds it; the caller runs it.</summary>
    /// <exception cref="HostConfigurationException">The configuration makes no sense.</exception>
    public static WebApplication Build(IConfiguration configuration)
    {
        var settings = SettingsReader.Read(configuration);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddConfiguration(configuration);
        builder.WebHost.UseSetting("urls", settings.Listen);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddKafkaBackup(settings);
        builder.Services.AddHostedService<PlanScheduler>();
        builder.Services.AddOpenApi();
        builder.Services.ConfigureHttpJsonOptions(json => HttpJson.Configure(json.SerializerOptions));

        var app = builder.Build();
        app.UseMiddleware<ProblemMiddleware>();
        if (!string.IsNullOrEmpty(settings.ApiKey))
            app.UseMiddleware<ApiKeyMiddleware>();
        app.MapOpenApi();
        app.MapTriggers();
        app.MapInstances();
        app.MapEpochs();
        app.MapHealth();
        return app;
    }
}
